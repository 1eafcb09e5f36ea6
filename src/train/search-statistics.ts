import type { Module } from "../nn/module.js";
import type { LayerStatistics } from "../run/layer-statistics.js";

/** More digits say nothing, and would make the records of large value sets long. */
const DIGITS = 6;

/**
 * How far the search of each layer has come at a temperature, in the network's order; none of a float network. What changed is counted
 * from the last call, or from the last `rememberChoices`.
 */
export function searchStatistics(network: Module, temperature: number): LayerStatistics[] {
  return [...network.namedSearchedWeights()].map(([layer, searched]) => {
    const { entropy, changed, histogram } = searched.statistics(temperature);
    return {
      layer,
      weights: searched.choices.size,
      entropy: rounded(entropy),
      changed: rounded(changed),
      histogram: histogram.map(rounded),
    };
  });
}

/** Makes the best values of now those that changes are counted from. */
export function rememberChoices(network: Module): void {
  for (const [, searched] of network.namedSearchedWeights()) searched.rememberChoices();
}

function rounded(x: number): number {
  return Number(x.toPrecision(DIGITS));
}
