import { shortenedName } from "../text/describe.js";
import { oneLine } from "../text/errors.js";

/** What `loadByName` took from a file and what it did not; names are the network's where not said otherwise. */
export interface LoadReport {
  readonly source: string;
  /** Tensors that have the file's values now; of a searched layer `<layer>.alpha`. */
  readonly matched: readonly string[];
  /** Tensors that the file lacks, left as they were. */
  readonly missing: readonly string[];
  /** Tensors of the file, by its names, that the network has no use for. */
  readonly leftover: readonly string[];
  /** Tensors that the file calls otherwise. */
  readonly renamed: readonly { readonly from: string; readonly to: string }[];
  /** The classifier's tensors, left as they were because the file has another number of classes. */
  readonly reinitialised: readonly {
    readonly name: string;
    readonly expected: readonly number[];
    readonly found: readonly number[];
  }[];
  /** Searched layers that started from a float weight, see `startFromFloat`. */
  readonly fromFloat: readonly FloatStart[];
  /** Layers of which only the found weights could be taken from the file's logits: float here, or of another value set. */
  readonly quantizedWeights: readonly string[];
}

export interface FloatStart {
  readonly layer: string;
  readonly scale: number;
  /** What takes the scale in: the batch normalization that follows, or the layer's bias; `null` where nothing does. */
  readonly absorbedBy: string | null;
}

const MAX_NAMES = 8;

/** The report for a person: one line of counts, then a line for each thing that deserves one; names cut after 200 characters. */
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
    ...line("only the found weights taken, the value set being another or none", quantizedWeights),
    ...line(
      "search started from float weights",
      fromFloat.map(({ layer, scale }) => `${layer} × ${Number(scale.toPrecision(4))}`),
    ),
    ...line(
      "scaled with nothing behind it that takes the scale in",
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
