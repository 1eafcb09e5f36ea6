import type { BucketSpan, ReductionTimeline } from "../distributed/reduction-timeline.js";
import type { Communication } from "../run/metrics-jsonl.js";

/** The initial counters for a number of processes. */
export function noCommunication(processes: number): Communication {
  return { processes, steps: 0, bytes: 0, seconds: 0, waitSeconds: 0 };
}

/** Adds a step's gradient sums. */
export function addCommunication(
  { processes, steps, bytes, seconds, waitSeconds }: Communication,
  { buckets, backwardEndMs, endMs }: ReductionTimeline,
): Communication {
  return {
    processes,
    steps: steps + 1,
    bytes: bytes + buckets.reduce((sum, bucket) => sum + bucket.bytes, 0),
    seconds: seconds + busyMs(buckets) / 1000,
    waitSeconds: waitSeconds + (endMs - backwardEndMs) / 1000,
  };
}

/** Milliseconds in which at least one sum was pending. Sums begin in the order of their buckets. */
function busyMs(buckets: readonly BucketSpan[]): number {
  let [busy, end] = [0, 0];
  for (const { startedMs, finishedMs } of buckets) {
    busy += Math.max(0, finishedMs - Math.max(startedMs, end));
    end = Math.max(end, finishedMs);
  }
  return busy;
}
