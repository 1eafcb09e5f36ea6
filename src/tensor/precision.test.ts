import assert from "node:assert/strict";
import { test } from "node:test";
import { copyInto } from "./arithmetic.js";
import { noGrad } from "./autograd.js";
import { linear } from "./convolution.js";
import { tensor } from "./create.js";
import { crossEntropy } from "./loss.js";
import { allowTf32, autocastBf16 } from "./precision.js";
import { to } from "./shape.js";
import { scope } from "./tensor.js";

// Autocast of the CPU is the same mechanism as CUDA's, with a list of operators of its own.
test("in autocast products are bfloat16, losses and gradients float32; afterwards all is as before", () => {
  scope(() => {
    const [x, labels] = [tensor([1.001, 2], [1, 2]), tensor([0], [1], "int64")];
    const weight = tensor([1.001, 0, 0, 1], [2, 2]);
    weight.requiresGrad = true;
    const { logits, loss } = autocastBf16("cpu", () => {
      const product = linear(x, weight);
      return { logits: product, loss: crossEntropy(product, labels) };
    });
    assert.deepEqual([logits.dtype, loss.dtype], ["bfloat16", "float32"]);
    assert.deepEqual(to(logits, "float32").toArray(), [1, 2]);
    loss.backward();
    assert.deepEqual([weight.dtype, weight.grad?.dtype], ["float32", "float32"]);
    assert.equal(linear(x, weight).dtype, "float32");
  });
});

test("a weight that changed between two forward passes is rounded again", () => {
  scope(() => {
    const [x, weight] = [tensor([1], [1, 1]), tensor([1], [1, 1])];
    weight.requiresGrad = true;
    const product = () => autocastBf16("cpu", () => linear(x, weight)).item();
    assert.equal(product(), 1);
    noGrad(() => copyInto(weight, tensor([3], [1, 1])));
    assert.equal(product(), 3);
  });
});

test("autocast nests, and ends with an error", () => {
  scope(() => {
    const one = tensor([1], [1, 1]);
    const dtype = () => linear(one, one).dtype;
    autocastBf16("cpu", () => {
      autocastBf16("cpu", () => undefined);
      assert.equal(dtype(), "bfloat16");
    });
    assert.throws(() =>
      autocastBf16("cpu", () => {
        throw new Error("in it");
      }),
    );
    assert.equal(dtype(), "float32");
  });
});

test("autocast of CUDA changes nothing on the CPU", () => {
  scope(() => {
    const one = tensor([1], [1, 1]);
    assert.equal(autocastBf16("cuda", () => linear(one, one)).dtype, "float32");
  });
});

test("TF32 is allowed or not, by a boolean", () => {
  allowTf32(false);
  assert.throws(() => allowTf32("yes" as unknown as boolean), /allowTf32: argument 'allowed': expected a boolean/);
});

test("autocast of another device is an error", () => {
  assert.throws(
    () => autocastBf16("mps" as "cuda", () => undefined),
    /setAutocast: argument 'device': expected cpu or cuda/,
  );
});
