import assert from "node:assert/strict";
import { test } from "node:test";
import { InputError } from "../../../text/errors.js";
import { randomStream } from "../../prng.js";
import { memorySource } from "../memory-source.js";
import { centerCrop, type RandomCrop, randomCrop } from "./crop.js";
import type { Size } from "./size.js";

const plain: RandomCrop = {
  name: "RandomCrop",
  size: { height: 2, width: 3 },
  padding: { left: 0, top: 0, right: 0, bottom: 0 },
  padIfNeeded: false,
  fill: [0, 0, 0],
  paddingMode: "constant",
};

/** A grey image whose byte is 1 + its number. */
function numbered(height: number, width: number) {
  return memorySource(
    Uint8Array.from({ length: height * width }, (_, i) => i + 1),
    1,
    height,
    width,
  );
}

async function grey(view: ReturnType<typeof numbered>): Promise<number[]> {
  const { width, height } = view;
  return [...(await view.region({ x: 0, y: 0, width, height }, width, height)).data].map((pixel) => pixel & 255);
}

test("RandomCrop takes every place about as often", async () => {
  const seen = new Map<number, number>();
  for (let draw = 0; draw < 1200; draw++) {
    const [first = 0, second, , below] = await grey(randomCrop.apply(numbered(4, 5), plain, randomStream(draw)));
    assert.deepEqual([second, below], [first + 1, first + 5]);
    seen.set(first, (seen.get(first) ?? 0) + 1);
  }
  assert.deepEqual(
    [...seen.keys()].sort((a, b) => a - b),
    [1, 2, 3, 6, 7, 8, 11, 12, 13],
  );
  for (const count of seen.values()) assert.ok(count > 90 && count < 180, `${count}`);
});

test("RandomCrop reaches into the padding by all of it", async () => {
  const crop: RandomCrop = {
    ...plain,
    size: { height: 1, width: 1 },
    padding: { left: 2, top: 0, right: 1, bottom: 0 },
    fill: [9, 8, 7],
  };
  const seen = new Set<number>();
  for (let draw = 0; draw < 100; draw++) {
    const view = randomCrop.apply(numbered(1, 1), crop, randomStream(draw));
    const { data } = await view.region({ x: 0, y: 0, width: 1, height: 1 }, 1, 1);
    seen.add((data[0] ?? 0) & 0xffffff);
  }
  assert.deepEqual(seen, new Set([0x010101, 0x070809]));
});

test("RandomCrop of a smaller image pads both sides by what it lacks, or is an error", async () => {
  const random = randomStream(1);
  assert.throws(() => randomCrop.apply(numbered(1, 9), plain, random), {
    name: "InputError",
    message:
      "RandomCrop: expected images of at least 2 × 3 (height × width) with their padding, found 1 × 9 (height × width); " +
      "set pad_if_needed or resize first",
  });
  const seen = new Set<string>();
  for (let draw = 0; draw < 60; draw++) {
    const crop = { ...plain, padIfNeeded: true };
    seen.add(String(await grey(randomCrop.apply(numbered(1, 2), crop, randomStream(draw)))));
  }
  // The image is padded to 3 × 4, of which 2 × 3 are taken: rows 0 or 1, columns 0 or 1.
  assert.deepEqual([...seen].sort(), ["0,0,0,0,1,2", "0,1,2,0,0,0", "0,0,0,1,2,0", "1,2,0,0,0,0"].sort());
});

test("the size after RandomCrop is known, and checked where the image's is", () => {
  const sizeOf = (crop: RandomCrop, input: Size | null) => randomCrop.outputSize(crop, input, "t.json: train");
  assert.equal(sizeOf(plain, null), plain.size);
  assert.equal(
    sizeOf({ ...plain, padding: { left: 1, top: 1, right: 0, bottom: 0 } }, { height: 1, width: 2 }),
    plain.size,
  );
  assert.throws(
    () => sizeOf(plain, { height: 1, width: 9 }),
    (error) =>
      error instanceof InputError && error.message.startsWith("t.json: train: RandomCrop: expected images of "),
  );
  assert.equal(sizeOf({ ...plain, padIfNeeded: true }, { height: 1, width: 1 }), plain.size);
});

const random = randomStream(0);

test("CenterCrop takes the middle, halves rounded to even as Python's round does", async () => {
  const first = async (length: number, size: number) => {
    return (
      await grey(
        centerCrop.apply(numbered(1, length), { name: "CenterCrop", size: { height: 1, width: size } }, random),
      )
    )[0];
  };
  assert.equal(await first(5, 3), 2);
  // (4 − 3) / 2 = 0.5 → 0; (6 − 3) / 2 = 1.5 → 2; (8 − 3) / 2 = 2.5 → 2
  assert.deepEqual([await first(4, 3), await first(6, 3), await first(8, 3)], [1, 3, 3]);
});

test("CenterCrop pads a smaller image with black, the odd pixel right and below", async () => {
  const crop = { name: "CenterCrop", size: { height: 2, width: 5 } } as const;
  assert.deepEqual(await grey(centerCrop.apply(numbered(1, 2), crop, random)), [0, 1, 2, 0, 0, 0, 0, 0, 0, 0]);
  assert.deepEqual(await grey(centerCrop.apply(numbered(4, 2), crop, random)), [0, 3, 4, 0, 0, 0, 5, 6, 0, 0]);
});
