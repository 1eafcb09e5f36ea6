// Calls that once read or wrote out of bounds, divided by zero, never returned or requested unbounded memory.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { test } from "node:test";
import { addon } from "../src/tensor/addon.js";
import type { Addon } from "../src/tensor/addon-functions.js";
import type { Argument, Handle, ResampleAxis } from "../src/tensor/addon-types.js";
import { fromTypedArray, ones, tensor, zeros } from "../src/tensor/create.js";
import { scope } from "../src/tensor/tensor.js";
import { JPEGS } from "./support/fuzz/jpegs.js";

function call(name: string, ...values: readonly unknown[]): Handle {
  const [base = "", overload = ""] = name.split(".");
  return addon().call(addon().findOperator(base, overload), ...(values as Argument[])) as Handle;
}

const scoped = (body: () => void) => () => scope(body);
const transfer = (buffer: ArrayBufferLike) => structuredClone(buffer, { transfer: [buffer as ArrayBuffer] });

test(
  "a draw of no values is refused by the compositions too",
  scoped(() => {
    for (const noise of [0, 0.5]) {
      assert.throws(
        () => call("weight_search::composed_sample", zeros([3, 0]).handle, [], 1, noise, 0, 0, false),
        /a value set needs at least 2 values, not 0/,
      );
    }
  }),
);

test(
  "a NaN logit gives a NaN weight, not an integer made of NaN",
  scoped(() => {
    const logits = tensor([0, Number.NaN, 1, 2], [2, 2]);
    const weights = addon().toTypedArray(call("weight_search::sample", logits.handle, [-1, 1], 1, 0, 0, 0, false));
    assert.ok(Number.isNaN(weights[0]));
    assert.ok(Math.abs(Number(weights[1]) - Math.tanh(0.5)) < 1e-6);
  }),
);

test(
  "zeros without memory, and views that stand for their negatives",
  scoped(() => {
    const without = (shape: number[]) => call("aten::_efficientzerotensor", shape, "float32");
    assert.deepEqual(addon().toTypedArray(without([2])), Float32Array.of(0, 0));
    assert.deepEqual(addon().toTypedArray(call("aten::_neg_view", ones([2]).handle)), Float32Array.of(-1, -1));
    const refused = /must have elements of its own/;
    const vector = () => ones([1]).handle;
    const image = () => without([1, 1, 2, 2]);
    assert.throws(() => call("weight_search::halve_and_pad", image(), 0, 0), refused);
    assert.throws(() => call("weight_search::max_pool2d", image(), 2, 2), refused);
    assert.throws(
      () => call("weight_search::batch_norm_relu", image(), null, vector(), vector(), vector(), vector(), 0.1, 1e-5),
      refused,
    );
    const logits = ones([3, 2]).handle;
    const negative = call("aten::_neg_view", ones([3]).handle);
    assert.throws(
      () =>
        call(
          "weight_search::logit_sgd_",
          logits,
          ones([3, 2]).handle,
          ones([3]).handle,
          [-1, 1],
          1,
          0,
          0,
          0,
          1,
          1,
          0,
          negative,
        ),
      refused,
    );
    assert.throws(
      () => call("weight_search::sgd_", [negative], [ones([3]).handle], [ones([3]).handle], 1, 1, 0),
      refused,
    );
    const pooled = call("weight_search::halve_and_pad", ones([1, 1, 2, 2]).handle, 0, 0);
    assert.deepEqual(addon().toTypedArray(pooled), Float32Array.of(1));
  }),
);

test(
  "a tensor that is resized between forward and backward pass",
  scoped(() => {
    const input = ones([2, 1, 2, 2]).handle;
    const weight = ones([1]);
    weight.requiresGrad = true;
    const [bias, mean, variance] = [zeros([1]), zeros([1]), ones([1])].map(({ handle }) => handle);
    const output = call("weight_search::batch_norm_relu", input, null, weight.handle, bias, mean, variance, 0.1, 1e-5);
    call("aten::resize_", input, [8, 1, 64, 64]);
    assert.throws(() => addon().backward(output, ones([2, 1, 2, 2]).handle), /input and weight must be as they were/);
  }),
);

test(
  "a getter that takes an array's memory away while the other arguments are read",
  scoped(() => {
    const array = new Float32Array(2 ** 20);
    const shape = Object.defineProperty([0], 0, { get: () => transfer(array.buffer) && 2 ** 20 });
    assert.throws(() => fromTypedArray(array, shape), /holds 1048576 elements but the array has 0/);
    const pixels = new Uint32Array(1000 * 1000);
    const fields = [0, 1000, 0, 1000, 500, 0, 500];
    const axis = Object.defineProperty([...fields], 0, { get: () => (transfer(pixels.buffer) ? 0 : 1) });
    assert.throws(
      () => addon().resample(pixels, fields as unknown as ResampleAxis, axis as unknown as ResampleAxis, 2),
      /expected 1000 x 1000 pixels but received 0/,
    );
  }),
);

test(
  "an array whose buffer can shrink is not shared",
  scoped(() => {
    const Resizable = ArrayBuffer as new (length: number, options: { maxByteLength: number }) => ArrayBuffer;
    const array = new Float32Array(new Resizable(8, { maxByteLength: 64 }));
    assert.throws(() => fromTypedArray(array, [2], { share: true }), /over an ArrayBuffer of fixed size/);
    assert.deepEqual(fromTypedArray(array, [2]).toArray(), [0, 0]);
  }),
);

test(
  "a shared array that was transferred: nothing is computed until its tensor is released",
  scoped(() => {
    const array = Float32Array.of(1, 2);
    const shared = fromTypedArray(array, [2], { share: true });
    const other = ones([1]);
    transfer(array.buffer);
    const transferred = /a typed array that shares its memory with a tensor was transferred/;
    assert.throws(() => shared.toTypedArray(), transferred);
    assert.throws(() => other.item(), transferred);
    assert.throws(() => call("aten::neg", other.handle), transferred);
    shared.release();
    assert.equal(other.item(), 1);
  }),
);

test(
  "absurd sizes",
  scoped(() => {
    const images = call("aten::to.dtype", zeros([1, 1, 2, 2]).handle, "uint8");
    const indices = call("aten::to.dtype", zeros([1]).handle, "int64");
    assert.throws(
      () => call("weight_search::crop_flip_normalize", images, indices, [0], [1], 2n ** 62n, true, 0, 0),
      /padding must be from 0 to 1073741824/,
    );
    assert.throws(() => call("weight_search::fma_peak", 2 ** 40), /iterations must be at most 67108864/);
    assert.throws(
      () => call("aten::index.Tensor", ones([2]).handle, new Array(2 ** 32 - 1)),
      /may have at most 16777216 elements, not 4294967295/,
    );
    const wide: ResampleAxis = [0, 1, 0, 1, 100_000_000, 0, 100_000_000];
    const tall: ResampleAxis = [0, 1000, 0, 1000, 1, 0, 1];
    assert.throws(() => addon().resample(new Uint32Array(1000), wide, tall, 2), /would make 1000 x 100000000 pixels/);
    const progressive = Uint8Array.from(JPEGS[1] ?? []);
    const header = progressive.findIndex((byte, i) => byte === 0xff && progressive[i + 1] === 0xc2);
    progressive.fill(0xf0, header + 5, header + 9);
    assert.throws(
      () => addon().decodeJpeg(progressive, 0, 0, 1, 1, 1),
      /an image of 61680 x 61680 pixels is larger than 178956970 pixels/,
    );
    // Four gigabytes of addresses, none of which is touched.
    assert.throws(
      () => addon().toTypedArray(call("aten::empty.memory_format", [2 ** 32], "uint8")),
      /a typed array has at most 4294967295 elements, and this tensor 4294967296|out of memory|allocate memory/,
    );
    assert.throws(
      () => call("aten::empty.memory_format", [2 ** 50], "uint8"),
      /out of memory: cannot allocate \d+ bytes|allocate memory/,
    );
  }),
);

/** Allocates beside a limit on this process's addresses: 2300 MiB more than it has. */
function nearTheLimit({ findOperator, call, release }: Addon): void {
  const { readFileSync } = process.getBuiltinModule("node:fs");
  const run = process.getBuiltinModule("node:child_process").execFileSync;
  const mebibytes = (count: number) =>
    call(findOperator("aten::empty", "memory_format"), [count * 2 ** 20], "uint8") as Handle;
  const pages = Number(readFileSync("/proc/self/statm", "utf8").split(" ")[0]);
  run("prlimit", ["--pid", String(process.pid), `--as=${pages * 4096 + 2300 * 2 ** 20}`]);
  for (const handle of [mebibytes(1000), mebibytes(1000)]) release(handle);
  // One of the two is kept idle; without it there is room.
  release(mebibytes(1600));
  try {
    mebibytes(5000);
  } catch (error) {
    console.log((error as Error).message);
  }
}

test("without memory left, cached blocks are freed first; then it is an Error with the requested size", (t) => {
  try {
    execFileSync("prlimit", ["--version"], { stdio: "ignore" });
  } catch {
    return t.skip("there is no prlimit to limit a process with");
  }
  const module = JSON.stringify(new URL("../src/tensor/addon.js", import.meta.url).href);
  const program = `const { addon } = await import(${module}); (${nearTheLimit})(addon())`;
  const env = { ...process.env, WEIGHT_SEARCH_ALLOCATOR: "caching" };
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
    encoding: "utf8",
    env,
  });
  assert.match(stdout, /^aten::empty\.memory_format\(\): out of memory: cannot allocate 5242880000 bytes/, stderr);
});
