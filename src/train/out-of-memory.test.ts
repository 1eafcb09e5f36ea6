import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { zeros } from "../tensor/create.js";
import { operator } from "../tensor/operator.js";
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
  // A vector of 2^45 tensors: operator new throws std::bad_alloc.
  const split = operator("aten::tensor_split", "sections");
  assert.equal(isOutOfMemory(thrownBy(() => split(zeros([1]), 2 ** 45))), true);
});

test("so is what LibTorch's own allocator says", () => {
  const [create, outOfMemory] = ["../tensor/create.js", "./out-of-memory.js"].map((path) =>
    JSON.stringify(new URL(path, import.meta.url).href),
  );
  const program = `
    const { zeros } = await import(${create});
    const { isOutOfMemory } = await import(${outOfMemory});
    try { zeros([2 ** 25, 2 ** 25]) } catch (error) { console.log(isOutOfMemory(error), error.message) }`;
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
    encoding: "utf8",
    env: { ...process.env, WEIGHT_SEARCH_ALLOCATOR: "system" },
  });
  assert.match(stdout, /^true aten::zeros\(\): .*can't allocate memory/);
});

test("other errors are not taken for it", () => {
  for (const error of [
    new Error("memory of an elephant"),
    // Only the addon knows what LibTorch says.
    new Error("out of memory"),
    thrownBy(() => zeros([-1])),
    new RangeError("Invalid array length"),
    "out of memory",
    null,
  ]) {
    assert.equal(isOutOfMemory(error), false, String(error));
  }
});
