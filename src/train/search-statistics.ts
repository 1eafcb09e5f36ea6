import type { Module } from "../nn/module.js";
import type { LayerStatistics } from "../run/layer-statistics.js";

/** More digits are meaningless, and would make the records of large value sets long. */
const DIGITS = 6;

/**
 * Measures the search statistics of each layer at a temperature, in the network's order; none of a float network. Flips
 * are counted from the last call, or from the last `rememberChoices`.
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

/** Remembers the current hard values, from which flips are counted. */
export function rememberChoices(network: Module): void {
  for (const [, searched] of network.namedSearchedWeights()) searched.rememberChoices();
}

function rounded(x: number): number {
  return Number(x.toPrecision(DIGITS));
}
