import assert from "node:assert/strict";
import { test } from "node:test";
import { addon } from "./addon.js";
import type { Argument } from "./addon-types.js";
import { arange, ones, zeros } from "./create.js";
import { operator, tensorOperator } from "./operator.js";

const mm = operator("aten::mm");
const atenZeros = operator("aten::zeros");

/** Calls an operator with anything at all. */
function callRaw(name: string, overload: string, ...values: unknown[]): unknown {
  return addon().call(addon().findOperator(name, overload), ...(values as Argument[]));
}

test("an operator or overload that LibTorch lacks is an error when it is called", () => {
  const unknown = operator("aten::no_such");
  assert.throws(() => unknown(), /LibTorch has no operator 'aten::no_such'/);
  assert.throws(() => operator("aten::add", "Nope")(), /LibTorch has no operator 'aten::add\.Nope'/);
  assert.throws(() => operator("add")(), /LibTorch has no operator 'add'/);
  assert.throws(() => operator("")(), /LibTorch has no operator ''/);
});

test("missing and surplus arguments are errors that name the operator", () => {
  const x = ones([2, 2]);
  assert.throws(() => mm(x), new TypeError("aten::mm: argument 'mat2' (Tensor) is missing"));
  assert.throws(() => mm(), new TypeError("aten::mm: argument 'self' (Tensor) is missing"));
  assert.throws(() => mm(x, x, x), new TypeError("aten::mm: expected at most 2 arguments but received 3"));
});

test("undefined takes a default, null is none", () => {
  assert.deepEqual(tensorOperator("aten::zeros")([2], undefined, null).shape, [2]);
});

test("what LibTorch refuses comes with the operator's name and the shapes", () => {
  assert.throws(
    () => mm(ones([2, 3]), ones([4, 5])),
    new Error(
      "aten::mm(self: float32 [2, 3], mat2: float32 [4, 5]): mat1 and mat2 shapes cannot be multiplied (2x3 and 4x5)",
    ),
  );
  assert.throws(
    () => operator("aten::cat")([ones([2, 3]), arange(0, 6)], 0),
    /^Error: aten::cat\(tensors: \[float32 \[2, 3\], int64 \[6\]\]\): Tensors must have same number of dimensions/,
  );
});

test("no message carries a C++ backtrace or pages of backends", () => {
  const meta = operator("aten::zeros")([1], "float32", "strided", "meta") as number;
  const failures: (() => unknown)[] = [
    () => mm(ones([2, 3]), ones([4, 5])),
    () => atenZeros([-1]),
    () => atenZeros([2 ** 52]),
    () => atenZeros([1], "float32", "strided", "cuda"),
    () => addon().item(meta),
    () => addon().backward(meta),
    () => operator("aten::index_select")(ones([2]), 0, arange(5, 6)),
    () => operator("aten::mean")(arange(0, 3)),
  ];
  for (const fail of failures) {
    assert.throws(fail, (error: Error) => {
      assert.match(error.message, /^(aten::\w+\(|item: |backward: )/);
      assert.doesNotMatch(error.message, /Exception raised from|frame #|registered at/);
      assert.ok(error.message.length < 500, error.message);
      return true;
    });
  }
});

test("sizes must be integers in a flat array", () => {
  const wrong: [unknown, RegExp][] = [
    [[[2]], /expected an integer but received an array/],
    [["2"], /expected an integer but received the string '2'/],
    [[Symbol("s")], /expected an integer but received a symbol/],
    [[null], /expected an integer but received null/],
    [[undefined], /expected an integer but received undefined/],
    [[Number.NaN], /expected an integer but received the number NaN/],
    [[Number.POSITIVE_INFINITY], /expected an integer but received the number Infinity/],
    [[0.5], /expected an integer but received the number 0.5/],
    [[1e300], /expected an integer but received the number 1e\+300/],
    [[2n ** 64n], /expected an integer but received a bigint/],
    [() => 1, /expected an array of integers but received a function/],
    [{ length: 1, 0: 1 }, /expected an array of integers but received an object/],
    [Symbol("s"), /expected an array of integers but received a symbol/],
    ["x".repeat(1000), /expected an array of integers but received the string 'x{40}'$/],
    [new Array(2 ** 32 - 1), /may have at most 16777216 elements, not 4294967295/],
  ];
  for (const [size, message] of wrong) {
    assert.throws(() => callRaw("aten::zeros", "", size), { name: "TypeError", message });
    assert.throws(() => callRaw("aten::zeros", "", size), /^TypeError: aten::zeros: argument 'size': /);
  }
});

test("an exception thrown by an argument comes through as an error", () => {
  const sizes = [1];
  Object.defineProperty(sizes, 0, {
    get: () => {
      throw new RangeError("mine");
    },
  });
  assert.throws(() => callRaw("aten::zeros", "", sizes), /aten::zeros: argument 'size': mine/);
});

test("a getter among the arguments may call the addon", () => {
  const sizes = [1];
  const names = ["abs", "acos", "asin", "atan", "ceil", "cos", "cosh", "erf", "erfc", "floor", "frac", "log2", "trunc"];
  Object.defineProperty(sizes, 0, {
    get: () => {
      for (const name of names) addon().findOperator(`aten::${name}`, "");
      return 3;
    },
  });
  assert.deepEqual(addon().shape(callRaw("aten::zeros", "", sizes) as number), [3]);
});

test("tensors are live whole-number handles", () => {
  const x = ones([1]);
  const relu = (handle: unknown) => callRaw("aten::relu", "", handle);
  const released = zeros([1]);
  released.release();
  const wrong: [unknown, RegExp][] = [
    [released.handle, /tensor handle \d+ has been released/],
    [-1, /tensor handle -1 was never given out/],
    [0, /tensor handle 0 was never given out/],
    [2 ** 53, /tensor handle 9007199254740992 was never given out/],
    [2 ** 60, /expected a tensor but received the number 115/],
    [x.handle + 0.5, /expected a tensor but received the number/],
    [BigInt(x.handle), /expected a tensor but received a bigint/],
    ["x", /expected a tensor but received the string 'x'/],
    [true, /expected a tensor but received a boolean/],
    [[x.handle], /expected a tensor but received an array/],
    [{}, /expected a tensor but received an object/],
    [relu, /expected a tensor but received a function/],
    [Symbol("x"), /expected a tensor but received a symbol/],
    [Number.NaN, /expected a tensor but received the number NaN/],
    [null, /argument 'self' \(Tensor\) is missing/],
  ];
  for (const [handle, message] of wrong) {
    assert.throws(() => relu(handle), { name: "TypeError", message });
    assert.throws(() => relu(handle), /aten::relu: argument 'self'/);
  }
});

test("dtypes, devices, layouts and memory formats are known strings", () => {
  const x = ones([1, 1, 1, 1]);
  assert.throws(() => atenZeros([1], "float23"), /aten::zeros: argument 'dtype': expected a dtype such as .*'float23'/);
  assert.throws(() => atenZeros([1], 3), /argument 'dtype': expected a dtype but received the number 3/);
  assert.throws(() => atenZeros([1], "float32", "sparse"), /argument 'layout': expected the layout 'strided'/);
  assert.throws(() => atenZeros([1], "float32", "strided", "gpu"), /aten::zeros: argument 'device': .*gpu/);
  assert.throws(() => operator("aten::contiguous")(x, "rows"), /argument 'memory_format': .*'rows'/);
});

test("scalars and flags are of their own type", () => {
  const x = ones([2]);
  const add = operator("aten::add", "Scalar");
  assert.throws(
    () => add(x, "1"),
    /aten::add\.Scalar: argument 'other': expected a number but received the string '1'/,
  );
  assert.throws(() => add(x, 2n ** 70n), /argument 'other': expected an integer but received a bigint/);
  assert.throws(() => operator("aten::sum", "dim_IntList")(x, [0], 1), /argument 'keepdim': expected a boolean/);
});

test("an operator number that was never given out is an error", () => {
  assert.throws(() => addon().call(-1), /call: operator number -1 was never given out/);
  assert.throws(() => addon().call(1e9), /call: operator number 1000000000 was never given out/);
  assert.throws(() => addon().call(0.5), /call: argument 'operator': expected an integer/);
  assert.throws(() => callRaw("aten::relu", "relu"), /LibTorch has no operator 'aten::relu\.relu'/);
});
