import { shortenedName } from "../text/describe.js";
import { oneLine } from "../text/errors.js";

/** What `loadByName` loaded from a file and what it did not, by the network's names unless noted. */
export interface LoadReport {
  readonly source: string;
  /** Tensors that were loaded; a searched layer counts as `<layer>.alpha`. */
  readonly matched: readonly string[];
  /** Tensors that the file lacks, left unchanged. */
  readonly missing: readonly string[];
  /** Unused tensors of the file, by its names. */
  readonly leftover: readonly string[];
  /** Tensors that have another name in the file. */
  readonly renamed: readonly { readonly from: string; readonly to: string }[];
  /** Tensors of the classifier, left unchanged because the file has another number of classes. */
  readonly reinitialised: readonly {
    readonly name: string;
    readonly expected: readonly number[];
    readonly found: readonly number[];
  }[];
  /** Searched layers initialized from a float weight, see `startFromFloat`. */
  readonly fromFloat: readonly FloatStart[];
  /** Layers that took the quantized weights of the file's logits: float layers, or layers with another value set. */
  readonly quantizedWeights: readonly string[];
}

export interface FloatStart {
  readonly layer: string;
  readonly scale: number;
  /** What absorbs the scale: the BatchNorm that follows, or the layer's bias; `null` where nothing does. */
  readonly absorbedBy: string | null;
}

const MAX_NAMES = 8;

/** Describes a report in lines: the counts, then each list that is not empty; names are cut after 200 characters. */
export function describeReport(report: LoadReport): string[] {
  const { source, matched, missing, leftover, renamed, reinitialised, fromFloat, quantizedWeights } = report;
  const unscaled = fromFloat.filter(({ scale, absorbedBy }) => scale !== 1 && absorbedBy === null);
  const counts = [`${matched.length} tensors loaded`, `${missing.length} missing`, `${leftover.length} not used`];
  return [
    `${source}: ${counts.join(", ")}`,
    ...line("missing, left at their initial values", missing),
    ...line("in the file but not used", leftover),
    ...line(
      "renamed",
      renamed.map(({ from, to }) => `${from} → ${to}`),
    ),
    ...line(
      "another number of classes, left at its initial values",
      reinitialised.map(({ name, expected, found }) => `${name} [${expected}], in the file [${found}]`),
    ),
    ...line("loaded as quantized weights, as the value set differs or the layer is float", quantizedWeights),
    ...line(
      "search started from float weights",
      fromFloat.map(({ layer, scale }) => `${layer} × ${Number(scale.toPrecision(4))}`),
    ),
    ...line(
      "scaled, with no normalization or bias that absorbs the scale",
      unscaled.map(({ layer }) => layer),
    ),
  ];
}

function line(title: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const shown = names
    .slice(0, MAX_NAMES)
    .map((name) => oneLine(shortenedName(name)))
    .join(", ");
  const rest = names.length > MAX_NAMES ? `, and ${names.length - MAX_NAMES} more` : "";
  return [`${title}: ${names.length} (${shown}${rest})`];
}
