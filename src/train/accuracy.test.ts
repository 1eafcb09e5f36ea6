import assert from "node:assert/strict";
import { test } from "node:test";
import { tensor } from "../tensor/create.js";
import { countCorrect } from "./accuracy.js";

test("hits among the five highest logits, and the highest", () => {
  const logits = tensor([...[6, 5, 4, 3, 2, 1], ...[6, 5, 4, 3, 2, 1], ...[6, 5, 4, 3, 2, 1]], [3, 6]);
  assert.deepEqual(countCorrect(logits, tensor([0, 4, 5], [3], "int64")), { top1: 1, top5: 2 });
  const two = tensor([1, 0], [1, 2]);
  assert.deepEqual(countCorrect(two, tensor([1], [1], "int64")), { top1: 0, top5: 1 });
});

test("an image with a NaN among its logits has no hit, an infinite one may", () => {
  const { NaN: nan, POSITIVE_INFINITY: infinite } = Number;
  const logits = tensor([...[nan, 1, 2], ...[nan, nan, nan], ...[infinite, 0, 1]], [3, 3]);
  assert.deepEqual(countCorrect(logits, tensor([0, 1, 0], [3], "int64")), { top1: 1, top5: 1 });
});
