import assert from "node:assert/strict";
import { test } from "node:test";
import { randn, tensor } from "../tensor/create.js";
import { scope } from "../tensor/tensor.js";
import { QuantizedActivation } from "./quantized-activation.js";

function firstClip(bits: number): number {
  const [[name, clip] = []] = new QuantizedActivation(bits).namedParameters();
  assert.equal(name, "clip");
  return clip?.item() ?? Number.NaN;
}

/** E (x − Q(x))² for x = max(z, 0), z ~ N(0, 1), by the midpoint rule. */
function quantizationError(clip: number, bits: number): number {
  const [steps, width] = [2 ** bits - 1, 1 / 4096];
  let total = 0;
  for (let x = width / 2; x < 8; x += width) {
    const y = (Math.round((Math.min(x, clip) / clip) * steps) * clip) / steps;
    total += Math.exp((-x * x) / 2) * (x - y) ** 2 * width;
  }
  return total;
}

test("the initial clip minimizes the error after normalization and ReLU", () => {
  scope(() => {
    for (let bits = 2; bits <= 8; bits++) {
      const clip = firstClip(bits);
      const error = quantizationError(clip, bits);
      for (const other of [clip * 0.98, clip * 1.02]) assert.ok(error < quantizationError(other, bits), `${bits} bits`);
    }
  });
});

test("one bit has no parameters and gives signs, more have a clip", () => {
  scope(() => {
    const signs = new QuantizedActivation(1);
    assert.deepEqual([...signs.namedParameters()], []);
    assert.deepEqual(signs.forward(tensor([-2, 0, 0.1]), "train").toArray(), [-1, 1, 1]);
    const values = new Set(new QuantizedActivation(2).forward(randn([1000]), "eval").toArray());
    assert.equal(values.size, 4);
  });
});

test("other numbers of bits are refused", () => {
  for (const bits of [0, 9, 2.5, Number.NaN]) {
    assert.throws(() => new QuantizedActivation(bits), /expected activations of 1 to 8 bits, received/);
  }
});
