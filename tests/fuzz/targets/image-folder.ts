import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadImageFolder } from "../../../src/data/image-folder.js";
import { mutateBytes } from "../mutate-bytes.js";
import type { Target } from "../target.js";

const MAX_NAMES = 40;
const MAX_NAME_BYTES = 255;

const ANNOTATIONS = "1.JPEG\tcat\t0\t0\t10\t10\n2.JPEG\tdog\t0\t0\t10\t10\n";
const NAMES = "a.jpg\nb.PNG\n.hidden.jpg\nc.txt\né.jpeg\nd.webp\n";

/**
 * The listing of folders of images, of which none is opened. After a first byte that is even, the input is Tiny-ImageNet's
 * `val_annotations.txt`; else a name on each line, of files in a class's folder.
 */
export const imageFolder: Target = {
  name: "image-folder",
  mutators: [mutateBytes],
  seeds: () => [Buffer.from(`\0${ANNOTATIONS}`), Buffer.from(`\x01${NAMES}`)],
  prepare: (folder) => (input) => {
    const data = join(folder, "data");
    rmSync(data, { recursive: true, force: true });
    const isAnnotated = (input[0] ?? 0) % 2 === 0;
    const classes = ["cat", "dog"].map((name) => join(data, "train", name));
    const val = isAnnotated ? [join(data, "val", "images")] : ["cat", "dog"].map((name) => join(data, "val", name));
    for (const each of [...classes, ...val]) mkdirSync(each, { recursive: true });
    for (const each of [...classes, ...val])
      for (const name of ["1.JPEG", "2.JPEG"]) writeFileSync(join(each, name), "");
    if (isAnnotated) writeFileSync(join(data, "val", "val_annotations.txt"), input.subarray(1));
    else
      for (const name of namesIn(input.subarray(1)))
        writeFileSync(Buffer.concat([Buffer.from(`${classes[0]}/`), name]), "");
    const dataset = loadImageFolder("folder", data);
    for (const { count, labels, path } of [dataset.train, dataset.val].map((files) => ({
      count: files.count,
      labels: files.labels,
      path: files.path.bind(files),
    }))) {
      assert.equal(labels.length, count);
      for (let index = 0; index < count; index++) assert.ok(path(index).startsWith(data));
    }
  },
};

/** The lines that can be names of files, as bytes. */
function namesIn(input: Uint8Array): Uint8Array[] {
  const lines = Buffer.from(input).toString("latin1").split("\n").slice(0, MAX_NAMES);
  return lines
    .filter(
      (name) => name !== "" && name !== "." && name !== ".." && !/[/\0]/.test(name) && name.length <= MAX_NAME_BYTES,
    )
    .map((name) => Buffer.from(name, "latin1"));
}
