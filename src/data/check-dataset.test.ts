import assert from "node:assert/strict";
import { test } from "node:test";
import { checkDataset, checkDefinition } from "./check-dataset.js";

const split = (count: number) => ({ count, images: new Uint8Array(4 * count), labels: new Int32Array(count) });
const data = {
  ...{ kind: "memory", name: "dots", classNames: ["a", "b"], channels: 1, height: 2, width: 2 },
  ...{ mean: [0.5], std: [0.25], cropPadding: 0, flip: false, train: split(3), val: split(2) },
};

test("a data set of the right kind is taken as it is", () => {
  assert.equal(checkDataset(data, "./dots.js"), data);
  const numbers = { count: 1, images: new Float32Array(4), labels: new Int32Array(1) };
  assert.ok(checkDataset({ ...data, train: numbers, val: numbers }, "./dots.js"));
});

test("what is wrong with a data set is said in one line, with file and key", () => {
  const wrong: readonly [object, string][] = [
    [{ kind: "stream" }, 'kind: expected "memory" or "files", found "stream"'],
    [{ classNames: ["a", "a"] }, 'classNames: expected one name or more, each once, found ["a", "a"]'],
    [{ channels: 0 }, "channels: expected an integer from 1 to 1048576, found 0"],
    [{ mean: [0.5, 0.5] }, "mean: expected 1 numbers, one a channel, found [0.5, 0.5]"],
    [{ std: [0] }, "std: expected 1 numbers above 0, one a channel, found [0]"],
    [{ flip: 1 }, "flip: expected true or false, found 1"],
    [{ train: { ...split(3), labels: [0, 0, 0] } }, "train.labels: expected an Int32Array of 3, found [0, 0, 0]"],
    [{ train: { ...split(3), labels: Int32Array.of(0, 2, 0) } }, "train.labels[1]: expected 0 to 1, found 2"],
    [{ val: { ...split(2), images: new Uint8Array(7) } }, "val.images: expected 8 values, 2 × 1 × 2 × 2, found 7"],
    [{ val: { ...split(2), images: [] } }, "val.images: expected a Uint8Array or a Float32Array, found []"],
  ];
  for (const [change, message] of wrong) {
    assert.throws(() => checkDataset({ ...data, ...change }, "./dots.js"), {
      name: "InputError",
      message: `./dots.js: ${message}`,
    });
  }
});

test("an export that is no data set's definition is one line too", () => {
  const fails = (value: unknown, message: RegExp) =>
    assert.throws(() => checkDefinition(value, "./dots.js"), { name: "InputError", message });
  fails(undefined, /^\.\/dots\.js: expected a default export \{ name, open \}, a data set, found none$/);
  fails({ open() {} }, /^\.\/dots\.js: name: expected a name of letters, digits, \., _ and -, found none$/);
  fails({ name: "a/b", open() {} }, /name: .* found "a\/b"$/);
  fails({ name: "dots" }, /open: expected a function that returns a data set, found none$/);
});
