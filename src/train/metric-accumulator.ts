import type { Progress } from "../run/logger.js";
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

/** Seconds between two readings of sums that a device keeps. */
const READING_SECONDS = 0.5;

/** Sums over the images of a batch or an epoch. */
export interface ImageSums {
  readonly loss: number;
  readonly top1: number;
  readonly top5: number;
  readonly images: number;
}

/** What a step leaves for a device's sums. */
interface Measured {
  /** `[B, C]` */
  readonly logits: Tensor;
  /** `[B]` */
  readonly labels: Tensor;
  readonly meanLoss: Tensor;
}

/**
 * Sums the metrics of a training epoch or a validation, so that its means are over all images exactly, whatever the
 * batches' sizes; its clock starts with it.
 *
 * Where a device keeps the sums (`Execution.sumsOn`) they are read at the first batch, twice a second and at the last:
 * reading waits for the device to finish its queued work.
 */
export class MetricAccumulator {
  readonly #start: number;
  /** Duration in seconds, once it is finished. */
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
  #kept: Tensor | null = null;
  #measured: Measured | null = null;

  /** @param before the sums of an epoch that is resumed; `null` begins one */
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

  /** What an epoch that is resumed later begins with. Where a device keeps the sums, they are read now. */
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

  /** Seconds spent waiting for batches and making them. */
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

  /** Waits for a batch, and counts the time. */
  async waitFor<Batch>(batch: Promise<Batch>): Promise<Batch> {
    const startMs = performance.now();
    const ready = await batch;
    this.#dataWaitMs += performance.now() - startMs;
    return ready;
  }

  /** Makes a batch, and counts the time as spent waiting. */
  timeWait<Batch>(make: () => Batch): Batch {
    const startMs = performance.now();
    const made = make();
    this.#dataWaitMs += performance.now() - startMs;
    return made;
  }

  /**
   * Measures a batch by its logits `[B, C]`, labels `[B]` and mean loss; `null` where a device is to keep what it
   * measured.
   */
  measure(logits: Tensor, labels: Tensor, meanLoss: Tensor): ImageSums | null {
    const [images = 0] = labels.shape;
    if (this.#kept === null) return { ...countCorrect(logits, labels), loss: meanLoss.item() * images, images };
    this.#measured = { logits, labels, meanLoss };
    return null;
  }

  /**
   * Adds a batch by its sums; `null`: as it was measured last, by the device that keeps them. Returns the mean loss of
   * the batch, or that of all so far when the device was read, else `null`. It is not finite once a batch's was not.
   */
  add(sums: ImageSums | null): number | null {
    this.#batch += 1;
    if (sums === null) return this.#addMeasured();
    this.#images += sums.images;
    this.#loss += sums.loss;
    this.#top1 += sums.top1;
    this.#top5 += sums.top5;
    this.#imagesRead = this.#images;
    return sums.loss / sums.images;
  }

  /** Replaces this rank's sums by those over all ranks; to be called after `finish`. */
  combine(sum: (values: readonly number[]) => readonly number[]): void {
    const own = [this.#loss, this.#top1, this.#top5, this.#images, this.#skipped];
    const [loss = 0, top1 = 0, top5 = 0, images = 0, skipped = 0] = sum(own);
    [this.#loss, this.#top1, this.#top5, this.#skipped] = [loss, top1, top5, skipped];
    this.#images = images;
    this.#imagesRead = images;
  }

  /**
   * Stops the clock, reads what was not read yet and frees what a device kept. Returns the mean loss where it was read,
   * as `add`.
   */
  finish(): number | null {
    const kept = this.#kept;
    const loss = kept !== null && this.#imagesRead < this.#images ? this.#read(kept) : null;
    kept?.release();
    this.#kept = null;
    this.#tookSeconds ??= this.seconds;
    return loss;
  }

  /** The same arithmetic on the device: the loss in float64, times the images. */
  #addMeasured(): number | null {
    const [kept, measured] = [this.#kept, this.#measured];
    if (kept === null || measured === null) throw new Error("no device keeps these sums");
    this.#measured = null;
    const { logits, labels, meanLoss } = measured;
    const [count = 0] = labels.shape;
    this.#images += count;
    scope(() =>
      noGrad(() => {
        const { top1, top5 } = correctCounts(logits, labels);
        const loss = mul(to(meanLoss, "float64"), count);
        addInPlace(kept, stack([loss, to(top1, "float64"), to(top5, "float64")]));
      }),
    );
    const isDue = this.#imagesRead === 0 || this.seconds - this.#secondsRead >= READING_SECONDS;
    return isDue || this.#batch === this.#place.batches ? this.#read(kept) : null;
  }

  #read(kept: Tensor): number {
    const [loss = 0, top1 = 0, top5 = 0] = kept.toArray();
    [this.#loss, this.#top1, this.#top5] = [loss, top1, top5];
    this.#imagesRead = this.#images;
    this.#secondsRead = this.seconds;
    return loss / this.#images;
  }
}
