import { type BatchSource, batchCount, batchesOf, firstBatches, type PreparedBatch } from "../data/batch-source.js";
import { epochPermutation } from "../data/shuffle.js";
import type { RunProgress } from "../run/progress.js";
import { InputError } from "../text/errors.js";

/** What an epoch's batches need of the ranks that share them. */
export interface SharingRanks {
  readonly group: { readonly size: number };
  share(batch: Int32Array): Int32Array;
  sum(values: readonly number[]): readonly number[];
}

export interface EpochBatchesOptions {
  readonly source: BatchSource;
  /** Images of a batch over all ranks. */
  readonly batchSize: number;
  readonly seed: number;
  /** Batches of an epoch after which it ends early; `null` for all. */
  readonly limitBatches: number | null;
  readonly ranks: SharingRanks;
}

/** A batch to train on. */
export interface TrainingBatch {
  /** This rank's share. */
  readonly prepared: PreparedBatch;
  /** Images of all shares; 0 where some rank has none: then no rank can take the step. */
  readonly images: number;
  /** Images of all shares that could not be read. */
  readonly skipped: number;
}

export interface TrainingStream {
  /** The next batch; `null` after the last one. */
  next(): Promise<TrainingBatch | null>;
  /** Gives up what was made ahead. */
  close(): void;
}

/** The batches of a run's epochs: the same for every number of ranks, each of which takes its share of every batch. */
export class EpochBatches {
  readonly #options: EpochBatchesOptions;
  /** Batches of one epoch, the last one possibly smaller or a little larger (`batchCount`). */
  readonly count: number;

  constructor(options: EpochBatchesOptions) {
    const { source, batchSize, limitBatches, ranks } = options;
    this.#options = options;
    const all = batchCount(source.count, batchSize, ranks.group.size);
    this.count = Math.min(all, limitBatches ?? Number.POSITIVE_INFINITY);
  }

  /** Starts an epoch, counted from 0, at a batch of it: its shuffled images, augmented as for that epoch. */
  open(epoch: number, first: number): TrainingStream {
    const { source, batchSize, seed, ranks } = this.#options;
    const { size } = ranks.group;
    const used = firstBatches(epochPermutation(source.count, seed, epoch), batchSize, this.count, size);
    const whole = [...batchesOf(used, batchSize, size)].slice(first);
    const stream = source.open(
      whole.map((batch) => ranks.share(batch)),
      { seed, epoch },
    );
    let index = 0;
    return {
      next: async () => {
        const prepared = await stream.next();
        return prepared && { prepared, ...this.#readable(prepared, whole[index++]?.length ?? 0) };
      },
      close: () => stream.close(),
    };
  }

  /** How many images of a batch could be read, by all ranks together, and how many not. */
  #readable({ count }: PreparedBatch, whole: number): { images: number; skipped: number } {
    const { source, ranks } = this.#options;
    if (!source.mayLeaveOut) return { images: whole, skipped: 0 };
    const [images = 0, empty = 0] = ranks.sum([count, count === 0 ? 1 : 0]);
    return empty > 0 ? { images: 0, skipped: whole } : { images, skipped: whole - images };
  }
}

/** Throws InputError where a run stands at no place of this config and data. */
export function checkProgress({ epochs, pass }: RunProgress, maxEpochs: number, maxBatches: number): void {
  if (epochs.length > maxEpochs) {
    throw new InputError(
      `the run's progress: expected at most ${maxEpochs} epochs, as in its training config, found ${epochs.length}`,
    );
  }
  if (pass !== null && pass.batch > maxBatches) {
    throw new InputError(
      `the run's progress: expected at most ${maxBatches} batches an epoch, as of this data, found ${pass.batch}`,
    );
  }
}

/** Throws InputError where a batch, or all images, would leave one of several ranks without an image. */
export function checkShares({ count }: BatchSource, batchSize: number, ranks: number): void {
  const [what, found] = batchSize < ranks ? ["batch_size", batchSize] : ["training images", count];
  if (found >= ranks) return;
  throw new InputError(`${what}: expected at least one for each of ${ranks} processes, found ${found}`);
}
