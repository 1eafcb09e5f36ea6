import type { RunConfig } from "../run/config.js";

/** A number as people read it: "45,000". */
export function countText(count: number): string {
  return count.toLocaleString("en-US");
}

/** `--val-split` of a run: images held out of the training images, or below 1 the share of them; `null` where none were. */
export function valSplitOf({ settings }: RunConfig): number | null {
  const valSplit = settings.get("valSplit");
  return typeof valSplit === "number" && valSplit > 0 ? valSplit : null;
}

/** What a run's accuracies are of, where that is not the data's own validation images: "5,000 held out", "10 % held out". */
export function heldOutText(config: RunConfig): string {
  const valSplit = valSplitOf(config);
  if (valSplit === null) return "";
  return `${valSplit < 1 ? `${Number((100 * valSplit).toPrecision(6))} %` : countText(valSplit)} held out`;
}
