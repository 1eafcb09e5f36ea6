import assert from "node:assert/strict";
import { test } from "node:test";
import type { ImageFolder, ImageSplit } from "./dataset.js";
import { FileList } from "./file-list.js";
import { fingerprint } from "./fingerprint.js";
import { makeSynthetic } from "./synthetic.js";
import { heldOutCount, heldOutPositions, holdOut } from "./val-split.js";

test("which images are held out is written down: another order would be another validation set", () => {
  assert.deepEqual([...heldOutPositions(20, 5)], [1, 7, 8, 14, 16]);
});

test("the requested number is held out, ascending, and spread over the data", () => {
  const positions = [...heldOutPositions(50_000, 5000)];
  assert.equal(positions.length, 5000);
  assert.ok(positions.every((position, index) => position > (positions[index - 1] ?? -1) && position < 50_000));
  for (let tenth = 0; tenth < 10; tenth++) {
    const inTenth = positions.filter((position) => Math.floor(position / 5000) === tenth).length;
    // Four standard deviations of a hypergeometric count.
    assert.ok(Math.abs(inTenth - 500) < 85, `${inTenth} of tenth ${tenth}`);
  }
  assert.equal(heldOutPositions(3, 3).length, 3);
});

test("fewer images held out are among more, and those of a larger data set among those of a smaller one", () => {
  const more = new Set(heldOutPositions(1000, 300));
  assert.ok(heldOutPositions(1000, 100).every((position) => more.has(position)));
  const ofLarger = heldOutPositions(2000, 300).filter((position) => position < 1000);
  assert.ok(ofLarger.length > 100 && ofLarger.every((position) => more.has(position)));
});

test("images of memory go with their labels, training ones and held-out ones apart, in their order", () => {
  const whole = makeSynthetic({ seed: 1, trainCount: 30, valCount: 3 });
  const { train, val, ...rest } = holdOut(whole, 7);
  assert.ok(rest.kind === "memory" && "images" in train && "images" in val);
  assert.deepEqual([train.count, val.count, train.labels.length, val.labels.length], [23, 7, 23, 7]);
  const heldOut = new Set(heldOutPositions(30, 7));
  const bytes = 3 * 32 * 32;
  const imageOf = ({ images }: ImageSplit, index: number) =>
    Buffer.from(images.subarray(index * bytes, (index + 1) * bytes)).toString("base64");
  const next = { train: 0, val: 0 };
  for (let index = 0; index < 30; index++) {
    const isOut = heldOut.has(index);
    const part: ImageSplit = isOut ? val : train;
    const at = isOut ? next.val++ : next.train++;
    assert.equal(imageOf(part, at), imageOf(whole.train, index), `image ${index}`);
    assert.equal(part.labels[at], whole.train.labels[index]);
  }
  assert.notEqual(fingerprint({ ...rest, train, val }), fingerprint(whole));
});

test("of files the paths are taken, and none beyond them", () => {
  const files = new FileList();
  files.add(
    "/a",
    Array.from({ length: 8 }, (_, index) => `${index}.png`),
    0,
  );
  files.add("/b", ["8.png", "9.png"], 1);
  const none = new FileList();
  const folder: ImageFolder = { kind: "files", name: "folder", classNames: ["a", "b"], train: files, val: none };
  const { train, val } = holdOut(folder, 0.3);
  assert.ok("path" in train && "path" in val);
  const numbers = (part: typeof train) =>
    Array.from({ length: part.count }, (_, index) => Number(/(\d)\.png$/.exec(part.path(index))?.[1]));
  assert.deepEqual(numbers(val), [...heldOutPositions(10, 3)]);
  assert.deepEqual([...numbers(train), ...numbers(val)].sort(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  for (const part of [train, val]) {
    numbers(part).forEach((number, index) => {
      assert.equal(part.labels[index], number < 8 ? 0 : 1);
    });
    assert.throws(() => part.path(part.count), RangeError);
    assert.throws(() => part.path(-1), RangeError);
  }
});

test("an amount is a number of images, below 1 a share of them; neither none nor all can be held out", () => {
  assert.deepEqual(
    [heldOutCount(50_000, 5000, "x"), heldOutCount(50_000, 0.1, "x"), heldOutCount(7, 0.5, "x")],
    [5000, 5000, 4],
  );
  assert.equal(heldOutCount(2, 1, "x"), 1);
  for (const [amount, found] of [
    [10, 10],
    [11, 11],
    [0.01, 0],
    [0.99, 10],
  ] as const) {
    assert.throws(() => heldOutCount(10, amount, "synthetic"), {
      name: "InputError",
      message: `\`valSplit\` ${amount}: expected fewer images than the 10 training images of synthetic and one at least, found ${found}`,
    });
  }
});
