import assert from "node:assert/strict";
import { test } from "node:test";
import { assertNear } from "../../tests/support/near.js";
import { fromArrays, type Sample } from "./from-arrays.js";

const classNames = ["low", "high"];

async function* samples(count: number): AsyncGenerator<Sample> {
  for (let index = 0; index < count; index++) {
    await Promise.resolve();
    yield { image: [index, 255, 2 * index, 255], label: index % 2 };
  }
}

test("arrays are taken as they are, with the moments of their training images", async () => {
  const images = Uint8Array.from([0, 255, 51, 51]);
  const data = await fromArrays({
    ...{ name: "two", classNames, shape: [2, 1, 1] },
    train: { images, labels: [0, 1] },
    val: { images: images.slice(2), labels: Int32Array.of(1) },
  });
  assert.equal(data.train.images, images);
  assert.deepEqual([data.train.count, data.val.count, data.channels], [2, 1, 2]);
  assertNear(data.mean, [0.1, 0.6]);
  assertNear(data.std, [0.1, 0.4]);
});

test("a generator is read to its end, as bytes or as numbers", async () => {
  const data = await fromArrays({ name: "own", classNames, shape: [1, 2, 2], train: samples(3), flip: true });
  assert.deepEqual([...data.train.images], [0, 255, 0, 255, 1, 255, 2, 255, 2, 255, 4, 255]);
  assert.deepEqual([...data.train.labels], [0, 1, 0]);
  assert.deepEqual([data.val.count, data.flip], [0, true]);
  const numbers = await fromArrays({
    ...{ name: "table", classNames, shape: [2, 1, 1], values: "numbers" },
    train: [
      { image: [0.5, 3], label: 0 },
      { image: [-0.5, 3], label: 1 },
    ],
  });
  assert.ok(numbers.train.images instanceof Float32Array);
  assertNear(numbers.mean, [0, 3]);
  // A feature that never changes is not divided by 0.
  assertNear(numbers.std, [0.5, 1]);
});

test("a sample of another size or class is named", async () => {
  const refused = (train: Parameters<typeof fromArrays>[0]["train"], message: string) =>
    assert.rejects(fromArrays({ name: "own", classNames, shape: [1, 1, 2], train }), { name: "InputError", message });
  await refused([{ image: [1], label: 0 }], "own: train: sample 0: image: expected 2 values, found 1");
  await refused([{ image: [1, 2], label: 0.5 }], "own: train: sample 0: label: expected an integer, found 0.5");
  await refused([{ image: [1, 2], label: 2 }], "own: train.labels[0]: expected 0 to 1, found 2");
  await refused(
    { images: new Uint8Array(3), labels: [0] },
    "own: train.images: expected 2 values, 1 × 1 × 1 × 2, found 3",
  );
});
