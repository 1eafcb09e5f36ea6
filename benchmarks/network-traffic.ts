import { bucketBytes } from "../src/distributed/gradient-reduction.js";
import { networks } from "../src/models/registry.js";
import type { SearchPolicy } from "../src/models/search-policy.js";
import { BatchNorm2d } from "../src/nn/batch-norm.js";
import { isInteger } from "../src/tensor/dtype.js";
import { InputError } from "../src/text/errors.js";

/** Bytes of a gradient's number, float32, and of a number of batch statistics, float64. */
const GRADIENT_BYTES = 4;
const STATISTIC_BYTES = 8;

/** What a step of a network sends, by its tensors. */
export interface Traffic {
  /** Searched weights: their number, not that of their logits. */
  readonly searchedWeights: number;
  /** All other trained numbers. */
  readonly otherParameters: number;
  readonly gradientBytes: number;
  /** Of each bucket, in the order in which they are summed. */
  readonly bucketBytes: readonly number[];
  /** What would be summed if it were the gradients of logits. */
  readonly logitGradientBytes: number;
  /** Of the running statistics, whose mean is taken without `--sync-bn`. */
  readonly runningBytes: number;
  /** Of each sum that `--sync-bn` asks for in a step, two a layer. */
  readonly syncBytes: readonly number[];
}

/** What a step of a network sends over its processes. Throws InputError for a name that is none. */
export function trafficOf(name: string, search: SearchPolicy | null): Traffic {
  const family = networks.get(name);
  if (family === undefined) throw new InputError(`there is no network "${name}"`);
  const network = family.build({ numClasses: family.madeFor.numClasses, search });
  const leaves = [...network.namedLeaves()].map(([, { size }]) => size);
  const searchedWeights = total([...network.namedSearchedWeights()].map(([, { weight }]) => weight.size));
  const gradientBytes = GRADIENT_BYTES * total(leaves);
  const otherParameters = total(leaves) - searchedWeights;
  const running = [...network.namedBuffers()].filter(([, { dtype }]) => !isInteger(dtype));
  const channels = [...network.namedModules()].flatMap(([, module]) =>
    module instanceof BatchNorm2d ? [module.weight.size] : [],
  );
  return {
    searchedWeights,
    otherParameters,
    gradientBytes,
    bucketBytes: fillBuckets(
      leaves.map((size) => GRADIENT_BYTES * size),
      bucketBytes(gradientBytes),
    ),
    logitGradientBytes: GRADIENT_BYTES * (searchedWeights * (search?.values.length ?? 1) + otherParameters),
    runningBytes: GRADIENT_BYTES * total(running.map(([, { size }]) => size)),
    // Forward the number of values, and each channel's sum and sum of squares; backward two sums a channel.
    syncBytes: channels.flatMap((count) => [STATISTIC_BYTES * (1 + 2 * count), STATISTIC_BYTES * 2 * count]),
  };
}

/** The first leaves, of no more than this share of all bytes, are the last bucket. */
const SHARE_OF_LAST = 1 / 16;

/**
 * Bytes of the buckets that `native/distributed/gradient_reduction.cc` makes: leaves from the last to the first, none more than `most`
 * unless alone, and the first ones by themselves.
 */
function fillBuckets(leafBytes: readonly number[], most: number): number[] {
  const all = total(leafBytes);
  let [first, sum] = [0, 0];
  while (sum + (leafBytes[first] ?? all) <= all * SHARE_OF_LAST) sum += leafBytes[first++] ?? 0;
  const buckets: number[] = [];
  for (let leaf = leafBytes.length - 1; leaf >= 0; leaf--) {
    const [bytes = 0, filled] = [leafBytes[leaf], buckets.at(-1)];
    if (filled === undefined || filled + bytes > most || leaf + 1 === first) buckets.push(bytes);
    else buckets[buckets.length - 1] = filled + bytes;
  }
  return buckets;
}

function total(sizes: readonly number[]): number {
  return sizes.reduce((sum, size) => sum + size, 0);
}
