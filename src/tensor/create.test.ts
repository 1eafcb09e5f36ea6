import assert from "node:assert/strict";
import { test } from "node:test";
import { arange, full, ones, rand, randn, tensor, zeros, zerosLike } from "./create.js";
import type { Dtype } from "./dtype.js";
import { mean } from "./reduce.js";
import { manualSeed } from "./runtime.js";
import { contiguous } from "./shape.js";

test("zeros, ones, full: shape, dtype and elements", () => {
  assert.deepEqual(zeros([2, 2]).toArray(), [0, 0, 0, 0]);
  assert.deepEqual(ones([3], "int8").toArray(), [1, 1, 1]);
  assert.deepEqual(full([2], -2.5).toArray(), [-2.5, -2.5]);
  assert.deepEqual(full([1], 7, "int64").toArray(), [7]);
  assert.equal(full([1], 1).dtype, "float32");
  assert.equal(zeros([]).item(), 0);
  assert.equal(zeros([0, 3]).size, 0);
});

test("tensor takes every dtype", () => {
  const dtypes: Dtype[] = ["float32", "float64", "int64", "int32", "int16", "int8", "uint8", "bool"];
  for (const dtype of dtypes) {
    const x = tensor([1, 0, 1], [3], dtype);
    assert.equal(x.dtype, dtype);
    assert.deepEqual(x.toArray(), [1, 0, 1]);
  }
  assert.equal(tensor([1], [1], "float16").dtype, "float16");
  assert.equal(tensor([1], [1], "bfloat16").dtype, "bfloat16");
});

test("tensor refuses what its dtype or shape does not hold", () => {
  assert.throws(() => tensor([1.5], [1], "int64"), RangeError);
  assert.throws(() => tensor([1, 2, 3], [2, 2]), /\[2, 2\] holds 4 elements but the array has 3/);
  assert.throws(() => tensor([1], [-1]), /expected sizes >= 0/);
});

test("zerosLike takes shape, dtype and memory format", () => {
  const last = contiguous(ones([1, 2, 2, 2], "float64"), "channels_last");
  const like = zerosLike(last);
  assert.deepEqual(like.shape, [1, 2, 2, 2]);
  assert.equal(like.dtype, "float64");
  assert.deepEqual(like.toArray(), new Array<number>(8).fill(0));
});

test("arange counts from start to before end", () => {
  assert.deepEqual(arange(2, 5).toArray(), [2, 3, 4]);
  assert.equal(arange(0, 2).dtype, "int64");
  assert.deepEqual(arange(0, 3, "float32").toArray(), [0, 1, 2]);
  assert.deepEqual(arange(3, 3).toArray(), []);
  assert.throws(() => arange(3, 0), /aten::arange\.start/);
});

test("random numbers follow from the seed", () => {
  const draw = () => [...rand([4]).toArray(), ...randn([4]).toArray()];
  manualSeed(7);
  const first = draw();
  const second = draw();
  manualSeed(7);
  assert.deepEqual(draw(), first);
  assert.notDeepEqual(second, first);
  manualSeed(8);
  assert.notDeepEqual(draw(), first);
});

test("rand is uniform in [0, 1), randn has mean 0", () => {
  manualSeed(1);
  const uniform = rand([10_000]);
  const numbers = uniform.toArray();
  assert.ok(numbers.every((u) => u >= 0 && u < 1));
  assert.ok(Math.abs(mean(uniform).item() - 0.5) < 0.02);
  assert.ok(Math.abs(mean(randn([10_000])).item()) < 0.05);
  assert.equal(rand([1], "float64").dtype, "float64");
});

test("sizes that are no sizes are errors", () => {
  assert.throws(() => zeros([-1]), /aten::zeros/);
  assert.throws(() => zeros([1.5]), /aten::zeros: argument 'size': expected an integer but received the number 1.5/);
  assert.throws(() => zeros([Number.NaN]), /expected an integer but received the number NaN/);
  assert.throws(() => zeros([2 ** 50]), /aten::zeros.*allocate/);
  assert.throws(() => zeros([2 ** 40, 2 ** 40]), /aten::zeros.*overflow/);
});

test("tensor refuses what is no list of numbers", () => {
  const loosely = tensor as (values: unknown) => unknown;
  assert.throws(() => loosely("x"), /tensor: expected an array of numbers but received string/);
  assert.throws(() => loosely([1, [2]]), /tensor: element 1: expected a number but received object/);
  assert.throws(() => loosely([1n]), /tensor: element 0: expected a number but received bigint/);
});
