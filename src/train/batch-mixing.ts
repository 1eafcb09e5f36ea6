import { type BatchMix, isMixedEpoch } from "../data/batch-transforms/batch-mix.js";
import { applyBatch } from "../data/batch-transforms/registry.js";
import { randomStream, type Xoshiro128 } from "../data/prng.js";
import { permutation } from "../data/shuffle.js";
import type { BatchPlace } from "../run/progress.js";
import type { RunSettings } from "../run/settings.js";
import { add, equal, mul } from "../tensor/arithmetic.js";
import { noGrad } from "../tensor/autograd.js";
import { arange, fromTypedArray } from "../tensor/create.js";
import { indexSelect, to, unsqueeze } from "../tensor/shape.js";
import { scope, type Tensor } from "../tensor/tensor.js";

/** First part of the key of mixing streams, so that they differ from all others of a seed ("mix "). */
const MIXING = 0x6d697820;

/** What a step trains on. */
export interface StepBatch {
  /** `[B, C, H, W]` */
  readonly images: Tensor;
  /** What the loss compares with: labels, int64 `[B]`, or their probabilities, float32 `[B, C]`. */
  readonly target: Tensor;
  /** What accuracy counts, int64 `[B]`: of two mixed labels the one with the larger share, the image's own of equal ones. */
  readonly labels: Tensor;
}

export interface BatchMixingOptions {
  readonly seed: number;
  readonly epochs: number;
  readonly numClasses: number;
  /** Each rank mixes the images of its share, with draws of its own. */
  readonly rank: number;
}

/**
 * Mixes the images of training batches and their labels: of each batch by one of the transforms, chosen uniformly. With λ
 * the share of an image, q of its label and q′ of its partner's label one-hot,
 *
 *     target = λ q + (1 − λ) q′.
 *
 * Choice, partners, λ and boxes follow from the run's seed, epoch, batch and rank alone, so that a resumed run needs
 * nothing of the steps before.
 */
export class BatchMixing {
  readonly #mix: BatchMix;
  readonly #options: BatchMixingOptions;

  constructor(mix: BatchMix, options: BatchMixingOptions) {
    this.#mix = mix;
    this.#options = options;
  }

  /** The batch of a place, counted from 0, mixed; as it is in the last epochs, if the transforms are off there. */
  mix({ epoch, batch }: BatchPlace, { images, labels }: Pick<StepBatch, "images" | "labels">): StepBatch {
    const { seed, epochs, rank, numClasses } = this.#options;
    const { transforms } = this.#mix;
    if (!isMixedEpoch(this.#mix, epochs, epoch)) return { images, target: labels, labels };
    const random = randomStream(MIXING, seed, epoch, batch, rank);
    const transform = transforms[random.below(transforms.length)];
    if (transform === undefined) throw new Error("expected a batch transform, found none");
    return scope(() =>
      noGrad(() => {
        const order = partners(labels, random);
        const mixed = applyBatch(images, indexSelect(images, 0, order), transform, random);
        const own = oneHot(labels, numClasses);
        const target = add(mul(own, mixed.share), mul(indexSelect(own, 0, order), 1 - mixed.share));
        const larger = mixed.share >= 0.5 ? labels : indexSelect(labels, 0, order);
        return { images: mixed.images, target, labels: larger };
      }),
    );
  }
}

/** The mixing that a run's transforms ask for; `null` where they ask for none. */
export function newMixing(
  { transforms, recipe, seed }: Pick<RunSettings, "transforms" | "recipe" | "seed">,
  numClasses: number,
  rank: number,
): BatchMixing | null {
  const mix = transforms?.batch;
  return mix === undefined ? null : new BatchMixing(mix, { seed, epochs: recipe.epochs, numClasses, rank });
}

/** The position of each image's partner, int64 `[B]`: a uniform permutation. */
function partners({ shape: [count = 0], device }: Tensor, random: Xoshiro128): Tensor {
  const order = fromTypedArray(BigInt64Array.from(permutation(count, random), BigInt), [count]);
  order.moveTo(device);
  return order;
}

/** Labels `[B]` → float32 `[B, C]`. */
function oneHot(labels: Tensor, numClasses: number): Tensor {
  const classes = arange(0, numClasses);
  classes.moveTo(labels.device);
  return to(equal(unsqueeze(labels, 1), classes), "float32");
}
