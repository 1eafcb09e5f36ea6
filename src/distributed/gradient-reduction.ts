import { distributedAddon } from "../tensor/addon.js";
import type { DistributedAddon } from "../tensor/addon-functions.js";
import type { Tensor } from "../tensor/tensor.js";
import type { Reduction } from "./group.js";
import type { ReductionTimeline } from "./reduction-timeline.js";

/**
 * Smaller buckets are dominated by latency: two of ResNet-20 cost a step less than six (benchmarks/scaling.ts). Larger
 * ones start late; the maximum is PyTorch's default.
 */
const MIN_BUCKET_BYTES = 600 * 1024;
const MAX_BUCKET_BYTES = 25 * 1024 * 1024;

/** Target number of buckets where sizes allow, plus a short last one, which overlaps with no computation. */
const BUCKETS = 4;

/** The size of a bucket in bytes for a total size of all gradients. */
export function bucketBytes(totalBytes: number): number {
  return Math.min(MAX_BUCKET_BYTES, Math.max(MIN_BUCKET_BYTES, Math.ceil(totalBytes / BUCKETS)));
}

/**
 * Sums gradients over all ranks, in buckets, overlapping with the backward pass:
 *
 *     reduction.begin();  loss.backward(…);  reduction.finish();
 *
 * leaves in every leaf's `grad` the sum of all ranks' gradients, bit-identical on each. The leaf of a searched weight
 * is w, so ∂L/∂w is sent: one number per weight, however many values it may take.
 */
export class GradientReduction implements Reduction {
  readonly #addon: DistributedAddon;
  readonly #number: number;

  /**
   * @param group the number of a process group
   * @param leaves of one dtype on one device, in the order in which the network uses them
   */
  constructor(group: number, leaves: readonly Tensor[]) {
    this.#addon = distributedAddon();
    // Every trained dtype has 4 bytes.
    const totalBytes = leaves.reduce((bytes, { size }) => bytes + 4 * size, 0);
    this.#number = this.#addon.openGradientReduction(
      group,
      leaves.map(({ handle }) => handle),
      bucketBytes(totalBytes),
    );
  }

  /** Call it before the backward pass. */
  begin(): void {
    this.#addon.beginGradientReduction(this.#number);
  }

  /** Waits for the sums, after the backward pass; a missing gradient counts as zeros. Throws as `ProcessGroup` does. */
  finish(): ReductionTimeline {
    const [backwardEndMs = 0, endMs = 0, ...spans] = this.#addon.finishGradientReduction(this.#number);
    const buckets = Array.from({ length: spans.length / 3 }, (_, index) => {
      const [bytes = 0, startedMs = 0, finishedMs = 0] = spans.slice(3 * index, 3 * index + 3);
      return { bytes, startedMs, finishedMs };
    });
    return { buckets, backwardEndMs, endMs };
  }

  /** Removes the hooks from the network. */
  close(): void {
    this.#addon.closeGradientReduction(this.#number);
  }
}
