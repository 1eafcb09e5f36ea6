import { bitsPerIndex } from "../formats/packed/bits.js";
import type { RunConfig } from "../run/config.js";
import { valueSetText } from "../search/value-set-text.js";
import { countText } from "../text/format.js";

/** Descriptions of a run's weights and data for tables, figures and notes. */

type Search = RunConfig["search"];

/** The bits that a searched weight takes; `null` for float. */
export function weightBits(search: Search): number | null {
  return search && bitsPerIndex(search.values.length);
}

/** "float", or the bits that a searched weight takes: "1 bit", "3 bits". */
export function bitsText(search: Search): string {
  const bits = weightBits(search);
  if (bits === null) return "float";
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

/** Describes weights, and activations if they are quantized: "float, 2-bit activations". */
export function withActivations(weights: string, bits: number | null): string {
  return bits === null ? weights : `${weights}, ${bits}-bit activations`;
}

/** `--val-split` of a run: number of held-out training images, or below 1 their fraction; `null` if none. */
export function valSplitOf({ settings }: RunConfig): number | null {
  const valSplit = settings.get("valSplit");
  return typeof valSplit === "number" && valSplit > 0 ? valSplit : null;
}

/** The images of a run's accuracies, if not the data's own validation images: "5,000 held out", "10 % held out". */
export function heldOutText(config: RunConfig): string {
  const valSplit = valSplitOf(config);
  if (valSplit === null) return "";
  return `${valSplit < 1 ? `${Number((100 * valSplit).toPrecision(6))} %` : countText(valSplit)} held out`;
}
