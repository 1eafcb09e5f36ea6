// Runs in a worker thread: reads, decodes and transforms pictures, so that the training thread never does.
import { readFileSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { InputError } from "../../errors.js";
import { randomStream } from "../prng.js";
import { applyTransforms } from "./apply.js";
import { BadImageError } from "./bad-image-error.js";
import type { ImageSource } from "./image-source.js";
import { memorySource } from "./memory-source.js";
import { openImage } from "./open-image.js";
import type { ImageTransforms } from "./transforms/transform.js";
import type { ImageResult, ImageTask, Picture, WorkerMessage } from "./worker-protocol.js";

/** First part of the key of augmentation's random streams ("augm"). */
const AUGMENTATION_DOMAIN = 0x6175676d;
const CHANNELS = 3;

const transforms = workerData as ImageTransforms;

async function open(picture: Picture): Promise<ImageSource> {
  if ("pixels" in picture) {
    return memorySource(picture.pixels, picture.channels, picture.height, picture.width);
  }
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(picture.path);
  } catch (error) {
    throw new BadImageError(picture.path, error instanceof Error ? error.message : String(error));
  }
  return openImage(bytes, picture.path);
}

function nameOf(picture: Picture): string {
  return "path" in picture ? picture.path : `picture ${picture.position}`;
}

async function run(task: ImageTask): Promise<ImageResult> {
  const imageBytes = task.height * task.width * CHANNELS;
  const bytes = new Uint8Array(task.pictures.length * imageBytes);
  const read: number[] = [];
  const cutouts: ImageResult["cutouts"][number][] = [];
  const problems: string[] = [];
  for (const [index, picture] of task.pictures.entries()) {
    const start = read.length * imageBytes;
    const random = randomStream(AUGMENTATION_DOMAIN, task.seed, task.epoch, picture.position);
    try {
      const source = await open(picture);
      const done = await applyTransforms(
        source,
        transforms[task.split],
        random,
        bytes.subarray(start, start + imageBytes),
      );
      cutouts.push(...done.cutouts.map((cutout) => ({ ...cutout, image: read.length })));
      read.push(index);
    } catch (error) {
      if (error instanceof InputError) throw new InputError(`${nameOf(picture)}: ${error.message}`);
      if (!(error instanceof BadImageError)) throw error;
      problems.push(error.message);
    }
  }
  return { id: task.id, bytes: bytes.subarray(0, read.length * imageBytes), read, cutouts, problems };
}

// One task after another: a second one at the same time would only hold more pictures in memory.
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
