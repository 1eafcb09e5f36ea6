import { bitsPerIndex } from "../formats/packed/bits.js";
import type { RunConfig } from "../run/config.js";
import { valueSetText } from "../search/value-set-text.js";

type Search = RunConfig["search"];

/** "float", or the bits that a searched weight takes: "1 bit", "3 bits". */
export function bitsText(search: Search): string {
  if (search === null) return "float";
  const bits = bitsPerIndex(search.values.length);
  return bits === 1 ? "1 bit" : `${bits} bits`;
}

/** Which layers are searched besides those in the middle; empty when none. */
export function outerLayersText(search: Search): string {
  if (search === null || !(search.firstLayer || search.lastLayer)) return "";
  return search.firstLayer && search.lastLayer
    ? "all layers"
    : search.firstLayer
      ? "first layer too"
      : "last layer too";
}

/** "float", or bits, value set and layers: "2 bits {±1/2, ±1}", "1 bit {±1}, last layer too". */
export function weightsText(search: Search): string {
  if (search === null) return "float";
  const layers = outerLayersText(search);
  return `${bitsText(search)} ${valueSetText(search.values)}${layers && `, ${layers}`}`;
}

/** What there is to say of weights, and of activations where they are quantized: "float, 2-bit activations". */
export function withActivations(weights: string, bits: number | null): string {
  return bits === null ? weights : `${weights}, ${bits}-bit activations`;
}
