import { fromTypedArray } from "../../tensor/create.js";
import { contiguous, type MemoryFormat, sendToDevice } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { InputError } from "../../text/errors.js";
import {
  type Augmentation,
  type BatchSource,
  type BatchStream,
  batchesOf,
  type PreparedBatch,
} from "../batch-source.js";
import { normalizePixels } from "./batch-operators.js";
import { type BatchErasure, eraseRectangles } from "./erase-rectangles.js";
import type { ImageWorkerPool } from "./worker-pool.js";
import type { ImageInput, ImageResult } from "./worker-protocol.js";

/** Images per task: small enough to split a batch over workers, large enough that messages cost nothing. */
const IMAGES_PER_TASK = 16;

/** Prefetched batches. The training thread requests more only between two steps. */
const BATCHES_AHEAD = 2;

/** Of every prepared image: red, green and blue; grey ones have three equal channels. */
const CHANNELS = 3;

/** The images of a split, wherever they are. */
export interface SplitImages {
  readonly count: number;
  readonly labels: Int32Array;
  image(position: number): ImageInput;
}

export interface ImageBatchesOptions {
  readonly split: "train" | "val";
  readonly pool: ImageWorkerPool;
  /** Of every prepared image, pixels. */
  readonly height: number;
  readonly width: number;
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** Called for every unreadable image; `null` makes the first one an error. */
  readonly onBadImage: ((problem: string) => void) | null;
  readonly memoryFormat: MemoryFormat;
  readonly device: string;
}

/** A batch, and a line for each of its unreadable images. */
interface Prepared {
  readonly batch: PreparedBatch;
  readonly problems: readonly string[];
}

/** A split whose images worker threads decode and transform while the network trains. */
export class ImageBatches implements BatchSource {
  readonly count: number;
  readonly channels = CHANNELS;
  readonly height: number;
  readonly width: number;
  readonly mayLeaveOut: boolean;
  readonly #images: SplitImages;
  readonly #options: ImageBatchesOptions;

  constructor(images: SplitImages, options: ImageBatchesOptions) {
    this.count = images.count;
    this.height = options.height;
    this.width = options.width;
    this.mayLeaveOut = options.onBadImage !== null;
    this.#images = images;
    this.#options = options;
  }

  open(batches: Iterable<Int32Array>, augmentation: Augmentation | null): BatchStream {
    const positions = batches[Symbol.iterator]();
    const ahead: Promise<Prepared>[] = [];
    let isClosed = false;
    const ask = () => {
      const value = isClosed ? undefined : positions.next().value;
      if (!value) return;
      const batch = this.#prepare(value, augmentation ?? { seed: 0, epoch: 0 });
      // Reported when the batch is taken; an epoch that ended early has no use for it.
      batch.catch(() => undefined);
      ahead.push(batch);
    };
    for (let batch = 0; batch <= BATCHES_AHEAD; batch++) ask();
    return {
      next: async () => {
        const prepared = await (ahead.shift() ?? null);
        ask();
        // Only now: in the order of the images, and only for batches that are taken.
        for (const problem of prepared?.problems ?? []) this.#report(problem);
        return prepared?.batch ?? null;
      },
      close: () => {
        isClosed = true;
        ahead.length = 0;
      },
    };
  }

  async #prepare(positions: Int32Array, { seed, epoch }: Augmentation): Promise<Prepared> {
    const { pool, split, height, width } = this.#options;
    const tasks = [...batchesOf(positions, IMAGES_PER_TASK)].map(async (some) => {
      const images = Array.from(some, (position) => this.#images.image(position));
      const result = await pool.run({ split, seed, epoch, height, width, images });
      return { result, labels: result.read.map((index) => this.#images.labels[some[index] ?? 0] ?? 0) };
    });
    const done = await Promise.all(tasks);
    const labels = BigInt64Array.from(
      done.flatMap((part) => part.labels),
      BigInt,
    );
    const batch: PreparedBatch = {
      count: labels.length,
      skipped: positions.length - labels.length,
      tensors: () => ({
        images: this.#normalized(done.map(({ result }) => result)),
        labels: sendToDevice(fromTypedArray(labels, [labels.length]), this.#options.device),
      }),
    };
    return { batch, problems: done.flatMap(({ result }) => result.problems) };
  }

  #report(problem: string): void {
    if (this.#options.onBadImage === null) {
      throw new InputError(`${problem} (\`onBadImage\` skip leaves such images out)`);
    }
    this.#options.onBadImage(problem);
  }

  #normalized(parts: readonly ImageResult[]): Tensor {
    const { height, width, mean, std, memoryFormat, device } = this.#options;
    const images = parts.reduce((count, { read }) => count + read.length, 0);
    const bytes = new Uint8Array(images * height * width * CHANNELS);
    const erasures: BatchErasure[] = [];
    let first = 0;
    for (const part of parts) {
      bytes.set(part.bytes, first * height * width * CHANNELS);
      for (const erasure of part.erasures) erasures.push({ ...erasure, image: first + erasure.image });
      first += part.read.length;
    }
    const pixels = fromTypedArray(bytes, [images, height, width, CHANNELS], { share: true });
    const normalized = normalizePixels(pixels, mean, std);
    eraseRectangles(normalized, erasures);
    return sendToDevice(contiguous(normalized, memoryFormat), device);
  }
}
