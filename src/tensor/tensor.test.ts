import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { addInPlace } from "./arithmetic.js";
import { fromTypedArray, ones, tensor, zeros } from "./create.js";
import { contiguous, transpose } from "./shape.js";
import { liveTensors, type Tensor } from "./tensor.js";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Lets finalizers run after a collection. */
async function collectAndSettle(): Promise<void> {
  for (let round = 0; round < 5; round += 1) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test("shape, size, dtype and device", () => {
  const x = zeros([2, 0, 3], "int16");
  assert.deepEqual(x.shape, [2, 0, 3]);
  assert.equal(x.size, 0);
  assert.equal(x.dtype, "int16");
  assert.equal(x.device, "cpu");
  assert.equal(zeros([]).size, 1);
});

test("every kind of typed array comes back as it went", () => {
  const arrays = [
    Float32Array.of(1.5, -2),
    Float64Array.of(Math.PI, -0),
    Int32Array.of(2 ** 31 - 1, -(2 ** 31)),
    Int16Array.of(-32768, 1),
    Int8Array.of(-128, 127),
    Uint8Array.of(255, 0),
    BigInt64Array.of(2n ** 63n - 1n, -(2n ** 63n)),
  ];
  for (const array of arrays) assert.deepEqual(fromTypedArray(array, [2]).toTypedArray(), array);
  assert.deepEqual(fromTypedArray(Float32Array.of(), [0, 4]).toTypedArray(), Float32Array.of());
  assert.deepEqual(tensor([1, 0], [2], "bool").toTypedArray(), Uint8Array.of(1, 0));
});

test("a shared typed array and its tensor are one memory, a copied one is not", () => {
  const shared = Float32Array.of(1, 2);
  const over = fromTypedArray(shared, [2], { share: true });
  shared[0] = 10;
  addInPlace(over, 1);
  assert.deepEqual([...shared], [11, 3]);
  const copied = Float32Array.of(1, 2);
  const copy = fromTypedArray(copied, [2]);
  copied[0] = 10;
  addInPlace(copy, 1);
  assert.deepEqual(copy.toArray(), [2, 3]);
  assert.deepEqual([...copied], [10, 2]);
});

test("a part of a larger buffer is shared at its place", () => {
  const all = Float64Array.of(1, 2, 3, 4);
  addInPlace(fromTypedArray(all.subarray(1, 3), [2], { share: true }), 10);
  assert.deepEqual([...all], [1, 12, 13, 4]);
});

test("toTypedArray shares a contiguous tensor's memory, also twice and round again", () => {
  const x = ones([3]);
  const [first, second] = [x.toTypedArray(), x.toTypedArray()];
  first[0] = 7;
  assert.deepEqual([...second], [7, 1, 1]);
  const again = fromTypedArray(second, [3], { share: true });
  addInPlace(again, 1);
  assert.deepEqual(x.toArray(), [8, 2, 2]);
  assert.deepEqual([...first], [8, 2, 2]);
});

test("a tensor over a shared array keeps the array alive, and lets it go when released", async () => {
  const count = 1 << 20;
  const finalized: string[] = [];
  const registry = new FinalizationRegistry<string>((name) => finalized.push(name));
  const make = (): Tensor => {
    const array = new Float32Array(count).fill(3);
    registry.register(array, "array");
    return fromTypedArray(array, [count], { share: true });
  };
  const x = make();
  await collectAndSettle();
  for (let i = 0; i < 8; i += 1) new Float32Array(count).fill(9);
  assert.deepEqual(finalized, []);
  assert.ok(x.toArray().every((value) => value === 3));
  x.release();
  // The array that toArray looked through goes first; the next call of the addon then drops the reference.
  await collectAndSettle();
  liveTensors();
  await collectAndSettle();
  assert.deepEqual(finalized, ["array"]);
});

test("an array over a tensor's memory outlives the tensor", async () => {
  const x = zeros([1 << 18]);
  const array = x.toTypedArray();
  for (let i = 0; i < array.length; i += 1) array[i] = 5;
  x.release();
  await collectAndSettle();
  zeros([1 << 18]).release();
  assert.ok(array.every((value) => value === 5));
});

test("views and channels-last tensors come out in row-major order", () => {
  assert.deepEqual(transpose(tensor([1, 2, 3, 4, 5, 6], [2, 3]), 0, 1).toArray(), [1, 4, 2, 5, 3, 6]);
  const values = Array.from({ length: 8 }, (_, index) => index);
  assert.deepEqual(contiguous(tensor(values, [1, 2, 2, 2]), "channels_last").toArray(), values);
});

test("a shape that does not hold the array's elements is an error", () => {
  const array = new Float32Array(4);
  for (const [shape, message] of [
    [[3], /\[3\] holds 3 elements but the array has 4/],
    [[2, 3], /\[2, 3\] holds 6 elements/],
    [[], /\[\] holds 1 elements/],
    [[-2, -2], /expected sizes >= 0 but received the number -2/],
    [[1.5], /expected sizes >= 0 but received the number 1.5/],
    [[Number.NaN], /expected sizes >= 0 but received the number NaN/],
    [[2 ** 40, 2 ** 40], /more elements than memory has/],
    [new Array(2 ** 32 - 1), /expected sizes >= 0 but received undefined/],
  ] as const) {
    assert.throws(() => fromTypedArray(array, shape as readonly number[]), message);
  }
});

test("arrays that LibTorch has no type for, or that are shared between threads, are errors", () => {
  const refused = (array: unknown, message: RegExp) =>
    assert.throws(() => fromTypedArray(array as Float32Array, [1]), message);
  refused(new Uint16Array(1), /LibTorch has no type for this kind of typed array/);
  refused(new BigUint64Array(1), /LibTorch has no type/);
  refused([1], /expected a typed array but received an array/);
  refused(new DataView(new ArrayBuffer(4)), /expected a typed array but received an object/);
  refused(undefined, /expected a typed array but received undefined/);
  refused(new Float32Array(new SharedArrayBuffer(4)), /not over a SharedArrayBuffer/);
});

test("an array whose buffer was taken away has no elements left", () => {
  const array = new Float32Array(4);
  structuredClone(array.buffer, { transfer: [array.buffer] });
  assert.throws(() => fromTypedArray(array, [4], { share: true }), /the array has 0/);
});

test("types without a typed array must be converted first", () => {
  assert.throws(() => zeros([1], "float16").toTypedArray(), /toTypedArray: .*float16 has no typed array/);
});

test("item is for one element, exact or an error", () => {
  assert.equal(tensor([2.5], [1, 1]).item(), 2.5);
  assert.equal(tensor([1], [], "bool").item(), 1);
  assert.equal(tensor([2 ** 53], [], "int64").item(), 2 ** 53);
  assert.ok(Number.isNaN(tensor([Number.NaN]).item()));
  assert.throws(
    () => zeros([2, 3]).item(),
    /item: expected a tensor of one element but received one of shape \[2, 3\]/,
  );
  assert.throws(() => zeros([0]).item(), /item: .*\[0\]/);
  const large = fromTypedArray(BigInt64Array.of(2n ** 53n + 1n), [1]);
  assert.throws(() => large.item(), /item: 9007199254740993 is past 2\^53/);
  assert.throws(() => large.toArray(), RangeError);
});
