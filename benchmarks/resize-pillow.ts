// node dist/benchmarks/resize-pillow.js --folder DIR: how far our evaluation images are from torchvision's with Pillow.
import { readFileSync } from "node:fs";
import { z } from "zod";
import { loadTransforms } from "../src/config/transform.js";
import { applyTransforms, outputSize } from "../src/data/images/apply.js";
import { openImage } from "../src/data/images/open-image.js";
import { randomStream } from "../src/data/prng.js";
import { versions } from "../src/tensor/runtime.js";
import { InputError } from "../src/text/errors.js";
import { countOption, parseOptions, runBenchmark } from "./arguments.js";
import { imageFiles } from "./image-files.js";
import { describeMachine, formatMachine } from "./machine.js";
import { peerFile } from "./peer-file.js";
import { findPython } from "./python.js";
import { formatTable } from "./table.js";
import { Worker } from "./worker-protocol.js";

const answerSchema = z.object({ rgb: z.string() });

await runBenchmark(async () => {
  const given = parseOptions({ folder: { type: "string" }, images: { type: "string", default: "300" } });
  if (given.folder === undefined) throw new InputError("--folder: expected a folder of images, found none");
  const files = imageFiles(given.folder, countOption("images", given.images));
  const python = findPython();
  if (typeof python === "string") throw new InputError(python);
  console.log(formatMachine(describeMachine()));
  console.log(`Resize(256), CenterCrop(224); JPEG by ${versions().jpeg}; peer: ${python.executable}`);
  const transforms = loadTransforms("imagenet", console.error).val;
  const { height, width } = outputSize(transforms, null);
  const ours = new Uint8Array(height * width * 3);
  const worker = new Worker("peer", python.executable, ["-B", peerFile("input_worker.py")]);
  let sum = 0;
  let worst = { mean: 0, name: "none" };
  let greatest = 0;
  let equal = 0;
  try {
    for (const name of files) {
      await applyTransforms(await openImage(readFileSync(name), name), transforms, randomStream(0), ours);
      const theirs = Buffer.from((await worker.request({ image: name }, answerSchema)).rgb, "base64");
      const { mean, max } = difference(ours, theirs);
      sum += mean;
      if (max === 0) equal++;
      greatest = Math.max(greatest, max);
      if (mean > worst.mean) worst = { mean, name };
    }
  } finally {
    await worker.close();
  }
  const rows = [
    ["images", String(files.length)],
    ["equal in every byte", String(equal)],
    ["mean absolute difference, of 255", (sum / files.length).toFixed(4)],
    ["greatest mean of an image", `${worst.mean.toFixed(4)} (${worst.name})`],
    ["greatest difference of a byte", String(greatest)],
  ];
  console.log(`\n${formatTable(rows)}`);
});

function difference(ours: Uint8Array, theirs: Uint8Array): { mean: number; max: number } {
  if (ours.length !== theirs.length) throw new Error(`the peer gave ${theirs.length} bytes, not ${ours.length}`);
  let sum = 0;
  let max = 0;
  ours.forEach((byte, index) => {
    const apart = Math.abs(byte - (theirs[index] ?? 0));
    sum += apart;
    max = Math.max(max, apart);
  });
  return { mean: sum / ours.length, max };
}
