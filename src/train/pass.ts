import { InputError } from "../errors.js";
import type { PassMetrics } from "../run/metrics-jsonl.js";
import type { Tensor } from "../tensor/tensor.js";
import { countCorrect } from "./accuracy.js";

/** Where a pass stands after a batch. */
export interface Progress {
  readonly pass: "train" | "val";
  /** Epoch, counted from 1. */
  readonly epoch: number;
  /** Batches done and in all. */
  readonly batch: number;
  readonly batches: number;
  /** Images done. */
  readonly images: number;
  readonly seconds: number;
  /** Means over the images done. */
  readonly running: PassMetrics;
}

/** Sums a pass up, so that its means are over all images exactly, whatever the batches' sizes; its clock starts with it. */
export class PassTotals {
  readonly #start = performance.now();
  readonly #place: Pick<Progress, "pass" | "epoch" | "batches">;
  #batch = 0;
  #skipped = 0;
  #loss = 0;
  #top1 = 0;
  #top5 = 0;
  #images = 0;

  constructor(place: Pick<Progress, "pass" | "epoch" | "batches">) {
    this.#place = place;
  }

  get seconds(): number {
    return (performance.now() - this.#start) / 1000;
  }

  get progress(): Progress {
    const { images, seconds, metrics } = this;
    return { ...this.#place, batch: this.#batch, images, seconds, running: metrics };
  }

  /** Images that could not be read and were left out. */
  get skipped(): number {
    return this.#skipped;
  }

  get images(): number {
    return this.#images;
  }

  /** Throws InputError when there is nothing to take the mean of. */
  get metrics(): PassMetrics {
    const images = this.#images;
    if (images === 0) throw new InputError(`none of the ${this.#place.pass} images could be read`);
    return { loss: this.#loss / images, top1: this.#top1 / images, top5: this.#top5 / images };
  }

  /** Counts images of the next batch that could not be read; a batch of nothing else is done with. */
  skip(images: number, wholeBatch: boolean): void {
    this.#skipped += images;
    if (wholeBatch) this.#batch += 1;
  }

  /** Adds a batch by its logits `[B, C]`, labels `[B]` and mean loss; returns the loss. */
  add(logits: Tensor, labels: Tensor, meanLoss: Tensor): number {
    const [count = 0] = labels.shape;
    const { top1, top5 } = countCorrect(logits, labels);
    const loss = meanLoss.item();
    this.#loss += loss * count;
    this.#top1 += top1;
    this.#top5 += top5;
    this.#images += count;
    this.#batch += 1;
    return loss;
  }
}
