import assert from "node:assert/strict";
import { test } from "node:test";
import { addInPlace } from "./arithmetic.js";
import { arange, tensor, zeros } from "./create.js";
import {
  clone,
  concat,
  contiguous,
  detach,
  expand,
  flatten,
  gather,
  indexSelect,
  pad,
  permute,
  reshape,
  select,
  slice,
  split,
  squeeze,
  stack,
  to,
  transpose,
  unsqueeze,
} from "./shape.js";
import type { Tensor } from "./tensor.js";

const matrix = (): Tensor => tensor([0, 1, 2, 3, 4, 5], [2, 3]);

/** Shape and elements of a tensor. */
function is(x: Tensor, shape: readonly number[], values: readonly number[]): void {
  assert.deepEqual(x.shape, shape);
  assert.deepEqual(x.toArray(), values);
}

test("reshape keeps the order of elements, and works out one size", () => {
  is(reshape(matrix(), [3, 2]), [3, 2], [0, 1, 2, 3, 4, 5]);
  is(reshape(matrix(), [-1]), [6], [0, 1, 2, 3, 4, 5]);
  is(reshape(tensor([7]), []), [], [7]);
  assert.throws(() => reshape(matrix(), [4]), /aten::reshape\(self: float32 \[2, 3\]\)/);
});

test("permute and transpose exchange dimensions", () => {
  is(permute(matrix(), [1, 0]), [3, 2], [0, 3, 1, 4, 2, 5]);
  is(transpose(matrix(), 0, 1), [3, 2], [0, 3, 1, 4, 2, 5]);
  is(permute(zeros([2, 3, 4]), [2, 0, 1]), [4, 2, 3], new Array<number>(24).fill(0));
});

test("flatten makes the dimensions from the given one on one", () => {
  assert.deepEqual(flatten(zeros([2, 3, 4, 5]), 1).shape, [2, 60]);
  assert.deepEqual(flatten(zeros([2, 3])).shape, [6]);
});

test("slice, select and indexSelect take parts", () => {
  is(slice(matrix(), 1, 0, 2), [2, 2], [0, 1, 3, 4]);
  is(slice(matrix(), 1, 0, Number.MAX_SAFE_INTEGER, 2), [2, 2], [0, 2, 3, 5]);
  is(slice(matrix(), 1, -1, Number.MAX_SAFE_INTEGER), [2, 1], [2, 5]);
  is(slice(matrix(), 0, 2, 5), [0, 3], []);
  is(select(matrix(), 0, 1), [3], [3, 4, 5]);
  is(select(matrix(), 1, -1), [2], [2, 5]);
  is(indexSelect(matrix(), 1, tensor([2, 0, 2], [3], "int64")), [2, 3], [2, 0, 2, 5, 3, 5]);
  is(gather(matrix(), 1, tensor([2, 0], [2, 1], "int64")), [2, 1], [2, 3]);
  is(gather(matrix(), 0, tensor([1, 0, 1], [1, 3], "int64")), [1, 3], [3, 1, 5]);
  assert.throws(() => select(matrix(), 0, 2), /aten::select\.int\(self: float32 \[2, 3\]\)/);
  assert.throws(() => indexSelect(matrix(), 1, tensor([3], [1], "int64")), /aten::index_select/);
});

test("concat and stack put tensors together, split takes them apart", () => {
  is(concat([matrix(), matrix()]), [4, 3], [0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5]);
  is(concat([tensor([1], [1, 1]), tensor([2, 3], [1, 2])], 1), [1, 3], [1, 2, 3]);
  is(stack([tensor([1, 2]), tensor([3, 4])]), [2, 2], [1, 2, 3, 4]);
  is(stack([tensor([1, 2]), tensor([3, 4])], 1), [2, 2], [1, 3, 2, 4]);
  const pieces = split(arange(0, 5), 2);
  assert.deepEqual(
    pieces.map((piece) => piece.toArray()),
    [[0, 1], [2, 3], [4]],
  );
  assert.throws(() => concat([matrix(), zeros([2, 2])]), /tensors: \[float32 \[2, 3\], float32 \[2, 2\]\]/);
  assert.throws(() => concat([]), /aten::cat\(tensors: \[\]\)/);
});

test("unsqueeze, squeeze and expand handle sizes of 1", () => {
  is(unsqueeze(tensor([1, 2]), -1), [2, 1], [1, 2]);
  is(squeeze(zeros([2, 1, 3]), 1), [2, 3], [0, 0, 0, 0, 0, 0]);
  is(squeeze(tensor([1, 2]), 0), [2], [1, 2]);
  is(expand(tensor([1, 2], [2, 1]), [-1, 3]), [2, 3], [1, 1, 1, 2, 2, 2]);
});

test("pad extends the last dimensions, the last one's pair first", () => {
  is(pad(matrix(), [1, 0]), [2, 4], [0, 0, 1, 2, 0, 3, 4, 5]);
  is(pad(tensor([1], [1, 1]), [0, 0, 1, 1], 9), [3, 1], [9, 1, 9]);
  is(pad(matrix(), [-1, 0]), [2, 2], [1, 2, 4, 5]);
  assert.equal(pad(tensor([1], [1], "int32"), [1, 1]).dtype, "int32");
});

test("contiguous changes the memory format and keeps the elements' order", () => {
  const images = reshape(arange(0, 24, "float32"), [1, 3, 2, 4]);
  const last = contiguous(images, "channels_last");
  assert.deepEqual(last.toArray(), images.toArray());
  assert.deepEqual(last.shape, images.shape);
  const back = contiguous(last);
  assert.deepEqual(back.toArray(), images.toArray());
});

test("views share memory, clones do not, and detach shares", () => {
  const x = tensor([1, 2, 3, 4], [2, 2]);
  const copy = clone(x);
  addInPlace(select(x, 0, 0), 10);
  addInPlace(detach(x), 100);
  is(x, [2, 2], [111, 112, 103, 104]);
  is(copy, [2, 2], [1, 2, 3, 4]);
});

test("to converts between dtypes", () => {
  is(to(tensor([1.9, -1.9]), "int64"), [2], [1, -1]);
  is(to(tensor([0, 2]), "bool"), [2], [0, 1]);
  assert.equal(to(tensor([1]), "float16").dtype, "float16");
  assert.deepEqual(to(to(tensor([1.5, -2]), "bfloat16"), "float64").toArray(), [1.5, -2]);
});
