import { copyInto } from "../src/tensor/arithmetic.js";
import { rand } from "../src/tensor/create.js";
import { operator } from "../src/tensor/operator.js";
import { threads } from "../src/tensor/runtime.js";
import { scope } from "../src/tensor/tensor.js";

const fmaPeak = operator("weight_search::fma_peak");

/** Some milliseconds each. */
const PEAK_ITERATIONS = 1_000_000n;
const PEAK_ROUNDS = 40;
const COPIED_FLOATS = 32 * 1024 * 1024;
const COPY_ROUNDS = 12;

/** The peak rates of the current threads, with which measured rates are compared. */
export interface MachineLimits {
  readonly threads: number;
  /** float32 multiply-adds in registers, 2 operations each. */
  readonly flopsPerSecond: number;
  /** The vectors that were used for it. */
  readonly instructions: string;
  /** Bytes read plus bytes written by LibTorch's copy of a tensor far larger than the caches. */
  readonly copyBytesPerSecond: number;
}

/**
 * Measures both, in about a second; `setThreads` first. The best of many tries: other work on the machine can only
 * take away from a limit.
 */
export function measureLimits(): MachineLimits {
  let flopsPerSecond = 0;
  let instructions = "";
  for (let round = 0; round < PEAK_ROUNDS; round++) {
    const [flops, name] = fmaPeak(PEAK_ITERATIONS) as [number, string];
    flopsPerSecond = Math.max(flopsPerSecond, flops);
    instructions = name;
  }
  return { threads: threads(), flopsPerSecond, instructions, copyBytesPerSecond: copyBandwidth() };
}

/** The better ones of two measurements, before and after: a limit measured beside other work is too low. */
export function betterLimits(one: MachineLimits, other: MachineLimits): MachineLimits {
  return {
    ...one,
    flopsPerSecond: Math.max(one.flopsPerSecond, other.flopsPerSecond),
    copyBytesPerSecond: Math.max(one.copyBytesPerSecond, other.copyBytesPerSecond),
  };
}

/** One line for a person. */
export function formatLimits({ threads: count, flopsPerSecond, instructions, copyBytesPerSecond }: MachineLimits) {
  return (
    `limits with ${count} ${count === 1 ? "thread" : "threads"}: ${(flopsPerSecond / 1e9).toFixed(1)} GFLOP/s (multiply-adds, ${instructions}), ` +
    `${(copyBytesPerSecond / 1e9).toFixed(2)} GB/s (copy of ${(COPIED_FLOATS * 4) / 2 ** 20} MiB, read + written)`
  );
}

function copyBandwidth(): number {
  return scope(() => {
    const [source, target] = [rand([COPIED_FLOATS]), rand([COPIED_FLOATS])];
    let seconds = Number.POSITIVE_INFINITY;
    for (let round = 0; round < COPY_ROUNDS; round++) {
      const start = performance.now();
      copyInto(target, source);
      seconds = Math.min(seconds, (performance.now() - start) / 1000);
    }
    return (2 * COPIED_FLOATS * Float32Array.BYTES_PER_ELEMENT) / seconds;
  });
}
