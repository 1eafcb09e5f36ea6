import type { PassMetrics } from "../run/metrics-jsonl.js";
import type { PassSums } from "../run/progress.js";
import { addInPlace, mul } from "../tensor/arithmetic.js";
import { noGrad } from "../tensor/autograd.js";
import { tensor } from "../tensor/create.js";
import { stack, to } from "../tensor/shape.js";
import { scope, type Tensor } from "../tensor/tensor.js";
import { InputError } from "../text/errors.js";
import { correctCounts, countCorrect } from "./accuracy.js";
import type { Execution } from "./execution.js";
import type { ImageSums } from "./together.js";

/** Seconds between two readings of sums that a device keeps. */
const READING_SECONDS = 0.5;

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
  /** Means over the images done; where a device keeps the sums, over those done when they were last read. */
  readonly running: PassMetrics;
}

/**
 * Sums a pass up, so that its means are over all images exactly, whatever the batches' sizes; its clock starts with it.
 *
 * Where a device keeps the sums (`Execution.sumsOn`) they are read at the first batch, twice a second and at the last: to
 * read is to wait until the device has done what it was asked.
 */
export class PassTotals {
  readonly #start: number;
  /** Seconds that the pass took, once it is over. */
  #tookSeconds: number | null = null;
  readonly #place: Pick<Progress, "pass" | "epoch" | "batches">;
  #batch = 0;
  #skipped = 0;
  #skippedSteps = 0;
  #dataWaitMs = 0;
  #loss = 0;
  #top1 = 0;
  #top5 = 0;
  #images = 0;
  /** Of the sums above. */
  #imagesRead = 0;
  #secondsRead = 0;
  /** The sums of loss, top-1 and top-5, float64 `[3]`, where a device keeps them. */
  readonly #kept: Tensor | null = null;

  /** @param before the sums of a pass that goes on; `null` begins a pass */
  constructor(
    place: Pick<Progress, "pass" | "epoch" | "batches">,
    { sumsOn }: Execution,
    before: PassSums | null = null,
  ) {
    this.#place = place;
    this.#start = performance.now() - 1000 * (before?.seconds ?? 0);
    if (before !== null) {
      this.#batch = before.batch;
      this.#skipped = before.skippedImages;
      this.#skippedSteps = before.skippedSteps;
      this.#dataWaitMs = 1000 * before.dataWaitSeconds;
      [this.#loss, this.#top1, this.#top5] = [before.loss, before.top1, before.top5];
      this.#images = before.images;
      this.#imagesRead = before.images;
    }
    if (sumsOn === null) return;
    this.#kept = tensor([this.#loss, this.#top1, this.#top5], [3], "float64");
    this.#kept.moveTo(sumsOn);
  }

  /** What a pass that goes on later begins with. Where a device keeps the sums, they are read now. */
  get sums(): PassSums {
    if (this.#kept !== null && this.#imagesRead < this.#images) this.#read(this.#kept);
    return {
      batch: this.#batch,
      loss: this.#loss,
      top1: this.#top1,
      top5: this.#top5,
      images: this.#images,
      skippedImages: this.#skipped,
      skippedSteps: this.#skippedSteps,
      seconds: this.seconds,
      dataWaitSeconds: this.dataWaitSeconds,
    };
  }

  get seconds(): number {
    return this.#tookSeconds ?? (performance.now() - this.#start) / 1000;
  }

  get progress(): Progress {
    const { images, seconds, metrics } = this;
    return { ...this.#place, batch: this.#batch, images, seconds, running: metrics };
  }

  /** Images that could not be read and were left out. */
  get skipped(): number {
    return this.#skipped;
  }

  /** Steps that were not taken. */
  get skippedSteps(): number {
    return this.#skippedSteps;
  }

  /** Seconds of the pass spent waiting for batches and making them. */
  get dataWaitSeconds(): number {
    return this.#dataWaitMs / 1000;
  }

  get images(): number {
    return this.#images;
  }

  /** Throws InputError when there is nothing to take the mean of, since no image could be read. */
  get metrics(): PassMetrics {
    const images = this.#imagesRead;
    if (images === 0 && this.#skippedSteps > 0) return { loss: Number.NaN, top1: 0, top5: 0 };
    if (images === 0) throw new InputError(`none of the ${this.#place.pass} images could be read`);
    return { loss: this.#loss / images, top1: this.#top1 / images, top5: this.#top5 / images };
  }

  /** Counts images of the next batch that could not be read; a batch of nothing else is done with. */
  skip(images: number, wholeBatch: boolean): void {
    this.#skipped += images;
    if (wholeBatch) this.#batch += 1;
  }

  /** Counts a batch with which no step was taken. */
  skipStep(): void {
    this.#batch += 1;
    this.#skippedSteps += 1;
  }

  /** Counts time spent waiting for batches and making them, milliseconds. */
  wait(milliseconds: number): void {
    this.#dataWaitMs += milliseconds;
  }

  /**
   * Adds a batch by its logits `[B, C]`, labels `[B]` and mean loss. Returns the loss; where a device keeps the sums, the
   * mean loss so far when it was read, else `null`. It is no finite number once a batch's was none.
   */
  add(logits: Tensor, labels: Tensor, meanLoss: Tensor): number | null {
    const [count = 0] = labels.shape;
    this.#batch += 1;
    this.#images += count;
    if (this.#kept !== null) {
      this.#keep(this.#kept, logits, labels, meanLoss);
      const isFirst = this.#imagesRead === 0;
      const isDue = isFirst || this.seconds - this.#secondsRead >= READING_SECONDS;
      return isDue || this.#batch === this.#place.batches ? this.#read(this.#kept) : null;
    }
    const { top1, top5 } = countCorrect(logits, labels);
    const loss = meanLoss.item();
    this.#loss += loss * count;
    this.#top1 += top1;
    this.#top5 += top5;
    this.#imagesRead = this.#images;
    return loss;
  }

  /** Adds a batch by its sums. Returns the mean loss. */
  addSums({ loss, top1, top5, images }: ImageSums): number {
    this.#batch += 1;
    this.#images += images;
    this.#loss += loss;
    this.#top1 += top1;
    this.#top5 += top5;
    this.#imagesRead = this.#images;
    return loss / images;
  }

  /** Puts sums over all processes in the place of this one's; to be called after `finish`. */
  combine(sum: (values: readonly number[]) => number[]): void {
    const own = [this.#loss, this.#top1, this.#top5, this.#images, this.#skipped];
    const [loss = 0, top1 = 0, top5 = 0, images = 0, skipped = 0] = sum(own);
    [this.#loss, this.#top1, this.#top5, this.#skipped] = [loss, top1, top5, skipped];
    this.#images = images;
    this.#imagesRead = images;
  }

  /** Stops the clock, reads what was not read yet and frees what a device kept; to be called once, at the end. Returns as `add`. */
  finish(): number | null {
    const isUnread = this.#kept !== null && this.#imagesRead < this.#images;
    const loss = isUnread ? this.#read(this.#kept) : null;
    this.#kept?.release();
    this.#tookSeconds = this.seconds;
    return loss;
  }

  /** The same arithmetic on the device: the loss in float64, times the images. */
  #keep(kept: Tensor, logits: Tensor, labels: Tensor, meanLoss: Tensor): void {
    const [count = 0] = labels.shape;
    scope(() =>
      noGrad(() => {
        const { top1, top5 } = correctCounts(logits, labels);
        const loss = mul(to(meanLoss, "float64"), count);
        addInPlace(kept, stack([loss, to(top1, "float64"), to(top5, "float64")]));
      }),
    );
  }

  #read(kept: Tensor): number {
    const [loss = 0, top1 = 0, top5 = 0] = kept.toArray();
    [this.#loss, this.#top1, this.#top5] = [loss, top1, top5];
    this.#imagesRead = this.#images;
    this.#secondsRead = this.seconds;
    return loss / this.#images;
  }
}
