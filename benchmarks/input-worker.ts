// Worker: images to normalised batches, as a worker of the input pipeline makes them. `InputPass` is answered by
// `InputTiming`.
import { readFileSync } from "node:fs";
import { loadTransforms } from "../src/config/transform.js";
import { applyTransforms, normalization, outputSize } from "../src/data/images/apply.js";
import { normalizePixels } from "../src/data/images/batch-operators.js";
import { openImage } from "../src/data/images/open-image.js";
import { randomStream } from "../src/data/prng.js";
import { fromTypedArray } from "../src/tensor/create.js";
import { setThreads } from "../src/tensor/runtime.js";
import { scope } from "../src/tensor/tensor.js";
import { type InputPass, inputPassSchema } from "./input-protocol.js";
import { serve } from "./worker-protocol.js";

/** "benc": the benchmark's own random streams. */
const DOMAIN = 0x62656e63;

setThreads(1);
const recipe = loadTransforms("imagenet", console.error);

async function pass({ files, part, batch, seed }: InputPass): Promise<{ seconds: number }> {
  const transforms = recipe[part];
  const { height, width } = outputSize(transforms, null);
  const { mean, std } = normalization(transforms);
  const sampleBytes = height * width * 3;
  const bytes = new Uint8Array(batch * sampleBytes);
  const start = performance.now();
  for (let first = 0; first < files.length; first += batch) {
    const names = files.slice(first, first + batch);
    for (const [index, name] of names.entries()) {
      const source = await openImage(readFileSync(name), name);
      const random = randomStream(DOMAIN, seed, first + index);
      await applyTransforms(source, transforms, random, bytes.subarray(index * sampleBytes, (index + 1) * sampleBytes));
    }
    scope(() => {
      const used = bytes.subarray(0, names.length * sampleBytes);
      normalizePixels(fromTypedArray(used, [names.length, height, width, 3], { share: true }), mean, std);
    });
  }
  return { seconds: (performance.now() - start) / 1000 };
}

await serve((command) => pass(inputPassSchema.parse(command)));
