import { type PackedModel, packModel } from "../formats/packed/packed-model.js";
import type { Module } from "../nn/module.js";
import { unscaledState } from "../nn/state-dict.js";
import { toEntries } from "../tensor/entries.js";
import { scope } from "../tensor/tensor.js";

/** Packs the searched weights of a network to their bits; `null` for a float network. */
export function packNetwork(network: Module): PackedModel | null {
  const searched = new Map(
    [...network.namedSearchedWeights()].map(
      ([layer, weight]) => [`${layer}.weight`, weight.reachableValues()] as const,
    ),
  );
  if (searched.size === 0) return null;
  const scaled = new Set(
    [...network.namedSearchedWeights()].flatMap(([layer, { scale }]) => (scale === null ? [] : [`${layer}.weight`])),
  );
  return scope(() => packModel(toEntries(unscaledState(network)), searched, scaled));
}
