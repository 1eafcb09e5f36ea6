import assert from "node:assert/strict";
import { test } from "node:test";
import { zeros } from "../tensor/create.js";
import { isOutOfMemory } from "./out-of-memory.js";

/** What a body throws. */
function thrownBy(body: () => unknown): unknown {
  try {
    body();
  } catch (error) {
    return error;
  }
  return assert.fail("expected an error");
}

test("what allocators say when there is no more memory is known", () => {
  // 2^50 float32: more than any address space of today.
  assert.equal(isOutOfMemory(thrownBy(() => zeros([2 ** 25, 2 ** 25]))), true);
  assert.equal(isOutOfMemory(thrownBy(() => new ArrayBuffer(Number.MAX_SAFE_INTEGER))), true);
  assert.equal(isOutOfMemory(thrownBy(() => new Float32Array(2 ** 50))), true);
  assert.equal(isOutOfMemory(new Error("CUDA out of memory. Tried to allocate 2.00 GiB")), true);
  assert.equal(isOutOfMemory(new Error("std::bad_alloc")), true);
});

test("other errors are not taken for it", () => {
  for (const error of [
    new Error("memory of an elephant"),
    new RangeError("Invalid array length"),
    "out of memory",
    null,
  ]) {
    assert.equal(isOutOfMemory(error), false, String(error));
  }
});
