// Worker thread: reads, decodes and transforms images, so that the training thread never does.
import { parentPort, workerData } from "node:worker_threads";
import { InputError } from "../../text/errors.js";
import { randomStream } from "../prng.js";
import { applyTransforms, sizeAfter } from "./apply.js";
import { BadImageError } from "./bad-image-error.js";
import type { BatchErasure } from "./erase-rectangles.js";
import type { ImageSource } from "./image-source.js";
import { memorySource } from "./memory-source.js";
import { openImageFile } from "./open-image.js";
import { describeSize } from "./transforms/size.js";
import type { ImageTransforms } from "./transforms/transform.js";
import type { ImageInput, ImageResult, ImageTask, WorkerMessage } from "./worker-protocol.js";

/** First part of the key of augmentation's random streams ("augm"). */
const AUGMENTATION_DOMAIN = 0x6175676d;
const CHANNELS = 3;

const transforms = workerData as ImageTransforms;
const isSizeOpen = { train: sizeAfter(transforms.train, null) === null, val: sizeAfter(transforms.val, null) === null };

async function open(image: ImageInput): Promise<ImageSource> {
  return "pixels" in image
    ? memorySource(image.pixels, image.channels, image.height, image.width)
    : await openImageFile(image.path);
}

/** If the transforms do not fix the size, all images must have the first one's. */
function checkSize(source: ImageSource, { split, height, width }: ImageTask): void {
  const size = sizeAfter(transforms[split], source);
  if (size?.height === height && size.width === width) return;
  throw new InputError(
    `expected an image that becomes ${describeSize({ height, width })}, as the first one does, found one of ` +
      `${describeSize(source)}; add RandomResizedCrop, RandomCrop or CenterCrop to the transforms`,
  );
}

function nameOf(image: ImageInput): string {
  return "path" in image ? image.path : `image ${image.position}`;
}

async function run(task: ImageTask): Promise<ImageResult> {
  const imageBytes = task.height * task.width * CHANNELS;
  const bytes = new Uint8Array(task.images.length * imageBytes);
  const read: number[] = [];
  const erasures: BatchErasure[] = [];
  const problems: string[] = [];
  for (const [index, image] of task.images.entries()) {
    const start = read.length * imageBytes;
    const random = randomStream(AUGMENTATION_DOMAIN, task.seed, task.epoch, image.position);
    try {
      const source = await open(image);
      if (isSizeOpen[task.split]) checkSize(source, task);
      const done = await applyTransforms(
        source,
        transforms[task.split],
        random,
        bytes.subarray(start, start + imageBytes),
      );
      erasures.push(...done.erasures.map((erasure) => ({ ...erasure, image: read.length })));
      read.push(index);
    } catch (error) {
      if (error instanceof InputError) throw new InputError(`${nameOf(image)}: ${error.message}`);
      if (!(error instanceof BadImageError)) throw error;
      problems.push(error.message);
    }
  }
  return { id: task.id, bytes: bytes.subarray(0, read.length * imageBytes), read, erasures, problems };
}

// One task at a time: a second one in parallel would only hold more images in memory.
let last = Promise.resolve();
parentPort?.on("message", (task: ImageTask) => {
  last = last.then(async () => {
    try {
      const result = await run(task);
      parentPort?.postMessage(result, [result.bytes.buffer]);
    } catch (error) {
      const isInput = error instanceof InputError;
      const failure = error instanceof Error ? ((isInput ? null : error.stack) ?? error.message) : String(error);
      parentPort?.postMessage({ id: task.id, failure, isInput } satisfies WorkerMessage);
    }
  });
});
