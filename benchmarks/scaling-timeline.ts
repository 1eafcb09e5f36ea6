import type { ReductionTimeline } from "../src/distributed/reduction-timeline.js";
import { formatTable } from "./table.js";

/** Characters of a bar that lasts to the end. */
const WIDTH = 48;

/** The step whose end, among all, is the median. */
export function medianTimeline(timelines: readonly ReductionTimeline[]): ReductionTimeline {
  const sorted = timelines.toSorted((a, b) => a.endMs - b.endMs);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) throw new RangeError("there is no step to draw");
  return middle;
}

/** A bar for the backward pass and one for each bucket's sum, from the pass's beginning to the last sum's end. */
export function drawTimeline({ buckets, backwardEndMs, endMs }: ReductionTimeline): string {
  const row = (name: string, fromMs: number, toMs: number, mark: string) => {
    const place = (ms: number) => Math.round((WIDTH * ms) / endMs);
    const length = Math.max(1, place(toMs) - place(fromMs));
    const start = Math.min(place(fromMs), WIDTH - length);
    const bar = " ".repeat(start) + mark.repeat(length);
    return [
      `${name.padEnd(20)} |${bar.padEnd(WIDTH)}|`,
      fromMs.toFixed(1),
      toMs.toFixed(1),
      (toMs - fromMs).toFixed(1),
    ];
  };
  return formatTable([
    ["", "from ms", "to ms", "takes ms"],
    row("backward", 0, backwardEndMs, "="),
    ...buckets.map(({ bytes, startedMs, finishedMs }, index) =>
      row(`bucket ${index + 1}, ${(bytes / 1024).toFixed(0)} KiB`, startedMs, finishedMs, "#"),
    ),
    row("wait", backwardEndMs, endMs, "."),
  ]);
}
