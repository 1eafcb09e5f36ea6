import assert from "node:assert/strict";
import { test } from "node:test";
import type { Dataset, ImageDataset, ImageFolder } from "./dataset.js";
import { fingerprint } from "./fingerprint.js";
import { makeSynthetic } from "./synthetic.js";

const MEMORY = makeSynthetic({ seed: 1, trainCount: 3, valCount: 2 });

function folder(root: string, train: readonly string[], labels: readonly number[] = [0, 1]): ImageFolder {
  const files = (paths: readonly string[]) => ({
    count: paths.length,
    labels: Int32Array.from(labels.slice(0, paths.length)),
    path: (index: number) => `${root}/${paths[index]}`,
  });
  return { kind: "files", name: "folder", classNames: ["ant", "bee"], train: files(train), val: files(["ant/9.png"]) };
}

/** A copy with other bytes. */
function changed(dataset: ImageDataset, part: "train" | "val", what: "images" | "labels"): ImageDataset {
  const split = dataset[part];
  const bytes = split[what].slice();
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  return { ...dataset, [part]: { ...split, [what]: bytes } };
}

test("the same data have the same fingerprint, wherever they lie", () => {
  assert.match(fingerprint(MEMORY), /^[0-9a-f]{64}$/);
  assert.equal(fingerprint(makeSynthetic({ seed: 1, trainCount: 3, valCount: 2 })), fingerprint(MEMORY));
  // Views into a larger buffer count by what they show.
  const { labels, count } = MEMORY.train;
  const wide = new Int32Array(count + 2);
  wide.set(labels, 1);
  const train = { ...MEMORY.train, labels: wide.subarray(1, count + 1) };
  assert.equal(fingerprint({ ...MEMORY, train }), fingerprint(MEMORY));
  const paths = ["ant/1.png", "bee/2.png"];
  assert.equal(fingerprint(folder("/somewhere/train", paths)), fingerprint(folder("/else", paths)));
});

test("other data have another one", () => {
  const paths = ["ant/1.png", "bee/2.png"];
  const others: Dataset[] = [
    MEMORY,
    makeSynthetic({ seed: 2, trainCount: 3, valCount: 2 }),
    makeSynthetic({ seed: 1, trainCount: 4, valCount: 2 }),
    makeSynthetic({ seed: 1, trainCount: 3, valCount: 1 }),
    changed(MEMORY, "train", "images"),
    changed(MEMORY, "train", "labels"),
    changed(MEMORY, "val", "images"),
    changed(MEMORY, "val", "labels"),
    { ...MEMORY, classNames: [...MEMORY.classNames].reverse() },
    { ...MEMORY, train: MEMORY.val, val: MEMORY.train },
    folder("/data", paths),
    folder("/data", [...paths].reverse()),
    folder("/data", paths, [0, 0]),
    folder("/data", ["ant/1.png", "ant/2.png"]),
    folder("/data", ["ant/1.png", "bee/2.jpg"]),
    folder("/data", ["ant/1.png"]),
    { ...folder("/data", paths), classNames: ["ant", "cow"] },
  ];
  assert.equal(new Set(others.map(fingerprint)).size, others.length);
});
