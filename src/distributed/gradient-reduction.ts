import { type DistributedAddon, distributedAddon } from "../tensor/addon.js";
import type { Tensor } from "../tensor/tensor.js";
import type { ProcessGroup } from "./process-group.js";

/**
 * Smaller buckets are all latency: two of ResNet-20 cost a step less than six (benchmarks/scaling.ts). Larger ones begin late, and
 * PyTorch's default goes no further.
 */
const MIN_BUCKET_BYTES = 600 * 1024;
const MAX_BUCKET_BYTES = 25 * 1024 * 1024;

/** About so many buckets where sizes allow, besides a short last one, which nothing is left to hide behind. */
const BUCKETS = 4;

/** The sum of one bucket, milliseconds after the backward pass began. */
export interface BucketSpan {
  readonly bytes: number;
  readonly startedMs: number;
  readonly finishedMs: number;
}

/** What happened when in a backward pass. */
export interface ReductionTimeline {
  readonly buckets: readonly BucketSpan[];
  readonly backwardEndMs: number;
  /** When the last sum was there. */
  readonly endMs: number;
}

/** The bytes of a bucket for gradients of so many bytes in all. */
export function bucketBytes(totalBytes: number): number {
  return Math.min(MAX_BUCKET_BYTES, Math.max(MIN_BUCKET_BYTES, Math.ceil(totalBytes / BUCKETS)));
}

/**
 * Sums gradients over all processes, in buckets, while the backward pass still computes others:
 *
 *     reduction.begin();  loss.backward(…);  reduction.finish();
 *
 * leaves in every leaf's `grad` the sum of all processes' gradients, the same bits on each. Of a searched weight the leaf is w, so
 * that ∂L/∂w is what travels: one number a weight, however many values it may take.
 */
export class GradientReduction {
  readonly #addon: DistributedAddon;
  readonly #number: number;

  /** @param leaves of one dtype on one device, in the order in which the network uses them */
  constructor(group: ProcessGroup, leaves: readonly Tensor[]) {
    this.#addon = distributedAddon();
    // Every dtype that is trained in has 4 bytes.
    const totalBytes = leaves.reduce((bytes, { size }) => bytes + 4 * size, 0);
    this.#number = this.#addon.openGradientReduction(
      group.number,
      leaves.map(({ handle }) => handle),
      bucketBytes(totalBytes),
    );
  }

  /** To be called before the backward pass. */
  begin(): void {
    this.#addon.beginGradientReduction(this.#number);
  }

  /** Waits for the sums, after the backward pass; a leaf without a gradient counts as zeros. Throws as `ProcessGroup` does. */
  finish(): ReductionTimeline {
    const [backwardEndMs = 0, endMs = 0, ...spans] = this.#addon.finishGradientReduction(this.#number);
    const buckets = Array.from({ length: spans.length / 3 }, (_, index) => {
      const [bytes = 0, startedMs = 0, finishedMs = 0] = spans.slice(3 * index, 3 * index + 3);
      return { bytes, startedMs, finishedMs };
    });
    return { buckets, backwardEndMs, endMs };
  }

  /** Leaves the network as it was. */
  close(): void {
    this.#addon.closeGradientReduction(this.#number);
  }
}
