import assert from "node:assert/strict";
import { test } from "node:test";
import { randomStream } from "../../prng.js";
import { applyTransforms } from "../apply.js";
import { memorySource } from "../memory-source.js";
import type { ColorJitter } from "./color-jitter.js";
import type { ImageTransform } from "./transform.js";

const none: ColorJitter = {
  name: "ColorJitter",
  brightness: [1, 1],
  contrast: [1, 1],
  saturation: [1, 1],
  hue: [0, 0],
};
const COLOURS = [200, 10, 90, 0, 40, 250, 17, 128, 60, 60, 200, 33];

async function sample(transform: ImageTransform, index: number, bytes = COLOURS, channels = 3): Promise<number[]> {
  const into = new Uint8Array(12);
  const source = memorySource(Uint8Array.from(bytes), channels, 2, 2);
  await applyTransforms(source, [transform, { name: "ToTensor" }], randomStream(9, index), into);
  return [...into];
}

test("ranges of a single factor change nothing", async () => {
  assert.deepEqual(await sample(none, 0), await sample({ name: "RandomHorizontalFlip", p: 0 }, 0));
});

test("factors are uniform over their range", async () => {
  const bytes = new Array(12).fill(100);
  let sum = 0;
  const factors = new Set<number>();
  for (let index = 0; index < 400; index++) {
    const [byte = 0] = await sample({ ...none, brightness: [0.5, 1.5] }, index, bytes);
    assert.ok(byte >= 50 && byte < 150, `${byte}`);
    sum += byte;
    factors.add(byte);
  }
  assert.ok(Math.abs(sum / 400 - 99.5) < 5, `${sum / 400}`);
  assert.ok(factors.size > 80, `${factors.size}`);
});

test("brightness and contrast come in either order", async () => {
  const outcomes = new Map<string, number>();
  for (let index = 0; index < 200; index++) {
    const result = String(await sample({ ...none, brightness: [2, 2], contrast: [0.5, 0.5] }, index));
    outcomes.set(result, (outcomes.get(result) ?? 0) + 1);
  }
  assert.equal(outcomes.size, 2);
  for (const count of outcomes.values()) assert.ok(count > 70, `${count}`);
});

test("an image of one channel keeps three equal ones", async () => {
  const all = { ...none, brightness: [0.5, 1.5], saturation: [0, 3], hue: [-0.5, 0.5] } as const;
  const bytes = await sample(all, 4, [9, 120, 200, 31], 1);
  for (let at = 0; at < 12; at += 3) assert.deepEqual(bytes.slice(at, at + 3), new Array(3).fill(bytes[at]));
  // Grey has neither hue nor saturation.
  assert.deepEqual(bytes, await sample({ ...all, saturation: [1, 1], hue: [0, 0] }, 4, [9, 120, 200, 31], 1));
});

test("RandomGrayscale turns as many images grey as it is asked to, by their luminance", async () => {
  let grey = 0;
  for (let index = 0; index < 400; index++) {
    const bytes = await sample({ name: "RandomGrayscale", p: 0.25 }, index);
    if (bytes[0] === bytes[1]) grey++;
  }
  assert.ok(Math.abs(grey / 400 - 0.25) < 0.07, `${grey}`);
  const always: ImageTransform = { name: "Grayscale", numOutputChannels: 3 };
  // 0.299 · 200 + 0.587 · 0 + 0.114 · 17 = 61.7
  assert.deepEqual(
    (await sample(always, 0, [200, 10, 90, 0, 0, 250, 17, 128, 17, 60, 200, 33])).slice(0, 3),
    [62, 62, 62],
  );
});
