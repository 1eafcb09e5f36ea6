import assert from "node:assert/strict";
import { test } from "node:test";
import { spread } from "../../tests/support/gradient.js";
import { assertNear } from "../../tests/support/near.js";
import { mul } from "../tensor/arithmetic.js";
import { noGrad } from "../tensor/autograd.js";
import { tensor, zeros } from "../tensor/create.js";
import { sum } from "../tensor/reduce.js";
import { contiguous } from "../tensor/shape.js";
import { liveTensors, scope, type Tensor } from "../tensor/tensor.js";
import { Sgd } from "./sgd.js";

function parameter(
  values: readonly number[],
  shape = [values.length],
  dtype: "float32" | "float64" = "float64",
): Tensor {
  const x = tensor(values, shape, dtype);
  x.requiresGrad = true;
  return x;
}

/** What a searched weight has besides, and these tests do not look at. */
const UNMOVED = { logits: zeros([1, 2]), momentum: zeros([1, 2]), logitGradient: () => null };

/** Leaves exactly this gradient in the parameter. */
function setGradient(x: Tensor, gradient: Tensor): void {
  x.clearGrad();
  sum(mul(x, gradient)).backward();
}

test("three steps with momentum and weight decay, as torch.optim.SGD", () => {
  // /usr/bin/python3, torch 1.13: p = Parameter(tensor([1., -2., .5], dtype=torch.float64))
  //   o = torch.optim.SGD([p], lr=.1, momentum=.9, weight_decay=.01)
  //   for g in ([.5, 1, -1], [.25, -.5, 2], [0, 1, -.125]): p.grad = tensor(g, dtype=torch.float64); o.step(); print(p.tolist())
  const expected = [
    [0.949, -2.098, 0.5995],
    [0.8771509999999999, -2.134102, 0.4884505],
    [0.8116097489999999, -2.264459698, 0.4005174995],
  ];
  const x = parameter([1, -2, 0.5]);
  const sgd = new Sgd([x], [], { momentum: 0.9, weightDecay: 0.01 });
  [
    [0.5, 1, -1],
    [0.25, -0.5, 2],
    [0, 1, -0.125],
  ].forEach((gradient, index) => {
    setGradient(x, tensor(gradient, [3], "float64"));
    sgd.step(0.1);
    assertNear(x.toArray(), expected[index] ?? [], { relative: 1e-14, absolute: 1e-14 });
  });
});

test("the learning rate is that of the step, the momentum is kept", () => {
  const x = parameter([1]);
  const sgd = new Sgd([x], [], { momentum: 0.5, weightDecay: 0 });
  setGradient(x, tensor([2], [1], "float64"));
  sgd.step(0.25);
  assert.deepEqual(x.toArray(), [0.5]);
  setGradient(x, tensor([0], [1], "float64"));
  sgd.step(0.125);
  assert.deepEqual(x.toArray(), [0.5 - 0.125]);
});

test("a parameter without a gradient stays, in spite of weight decay and momentum", () => {
  const [moved, still] = [parameter([1]), parameter([1])];
  const sgd = new Sgd([moved, still], [], { momentum: 0.9, weightDecay: 0.5 });
  setGradient(still, tensor([1], [1], "float64"));
  sgd.step(0.1);
  const after = still.toArray();
  sgd.clearGradients();
  assert.equal(still.grad, null);
  setGradient(moved, tensor([1], [1], "float64"));
  sgd.step(0.1);
  assert.deepEqual(still.toArray(), after);
  assert.deepEqual(moved.toArray(), [1 - 0.1 * 1.5]);
});

test("a gradient laid out otherwise than its parameter is taken by element", () => {
  const shape = [2, 3, 2, 2];
  const values = spread(24);
  const gradient = spread(24, 9);
  const expected = values.map((value, index) => value - 0.5 * (gradient[index] ?? Number.NaN));
  const last = noGrad(() => contiguous(tensor(gradient, shape, "float64"), "channels_last"));
  const x = parameter(values, shape);
  x.backward(last);
  new Sgd([x], [], { momentum: 0, weightDecay: 0 }).step(0.5);
  assertNear(x.toArray(), expected, { absolute: 1e-15 });
  const y = noGrad(() => contiguous(tensor(values, shape, "float64"), "channels_last"));
  y.requiresGrad = true;
  y.backward(tensor(gradient, shape, "float64"));
  new Sgd([y], [], { momentum: 0, weightDecay: 0 }).step(0.5);
  assertNear(y.toArray(), expected, { absolute: 1e-15 });
});

test("large parameters, split over threads, are updated completely", () => {
  const count = 100_003;
  const x = parameter(new Array<number>(count).fill(1), [count], "float32");
  setGradient(x, tensor(new Array<number>(count).fill(2)));
  new Sgd([x], [], { momentum: 0.9, weightDecay: 0 }).step(0.25);
  assert.ok(x.toArray().every((value) => value === 0.5));
});

test("searched weights are stepped with the same settings, and forget their gradients too", () => {
  const steps: unknown[] = [];
  const weight = parameter([1]);
  const searched = {
    ...UNMOVED,
    weight,
    floatGradientScale: 3,
    step: (settings: unknown) => void steps.push(settings),
  };
  const sgd = new Sgd([], [searched], { momentum: 0.9, weightDecay: 0.01 });
  setGradient(weight, tensor([1], [1], "float64"));
  sgd.clearGradients();
  assert.equal(weight.grad, null);
  sgd.step(0.1);
  assert.deepEqual(steps, [{ learningRate: 0.1, momentum: 0.9, weightDecay: 0.01 }]);
});

test("a group of the logits' own has its rate as a multiple, its decay and its momentum", () => {
  const steps: unknown[] = [];
  const searched = {
    ...UNMOVED,
    weight: parameter([1]),
    floatGradientScale: 3,
    step: (settings: unknown) => void steps.push(settings),
  };
  const x = parameter([1]);
  const logits = { lrScale: 4, lrUnit: "plain" as const, momentum: 0.5, weightDecay: 0 };
  const sgd = new Sgd([x], [searched], { momentum: 0.9, weightDecay: 1, logits });
  setGradient(x, tensor([1], [1], "float64"));
  sgd.step(0.25);
  assert.deepEqual(x.toArray(), [0.5]);
  assert.deepEqual(steps, [{ learningRate: 1, momentum: 0.5, weightDecay: 0 }]);
});

test("in units of a float layer's pace each searched weight has a rate of its own; the decay of logits is as before", () => {
  const steps: unknown[] = [];
  const step = (settings: unknown) => void steps.push(settings);
  const searched = [9, 2, 8].map((floatGradientScale) => ({
    ...UNMOVED,
    weight: parameter([1]),
    floatGradientScale,
    step,
  }));
  const logits = { lrScale: 0.5, lrUnit: "float" as const, momentum: 0.5, weightDecay: 0.75 };
  new Sgd([], searched, { momentum: 0.9, weightDecay: 1, logits }).step(0.25);
  assert.deepEqual(
    steps,
    [9, 2, 8].map((pace) => ({ learningRate: 0.125 * pace, momentum: 0.5, weightDecay: 0.75 / pace })),
  );
});

test("a step in a scope leaves no tensors behind", () => {
  const x = parameter([1, 2]);
  const sgd = new Sgd([x], [], { momentum: 0.9, weightDecay: 0 });
  const one = tensor([1, 1], [2], "float64");
  scope(() => setGradient(x, one));
  const before = liveTensors();
  for (let round = 0; round < 5; round += 1) scope(() => sgd.step(0.1));
  assert.equal(liveTensors(), before);
});

test("a graph over parameters that were stepped is refused by backward", () => {
  const x = parameter([1, 2]);
  const sgd = new Sgd([x], [], { momentum: 0, weightDecay: 0 });
  setGradient(x, tensor([1, 1], [2], "float64"));
  const loss = sum(mul(x, x));
  sgd.step(0.1);
  assert.throws(() => loss.backward(), /backward: .*modified by an inplace operation/);
});

test("parameters of a type that does not train are an error", () => {
  const half = zeros([2], "float16");
  half.requiresGrad = true;
  half.backward(zeros([2], "float16"));
  const sgd = new Sgd([half], [], { momentum: 0, weightDecay: 0 });
  assert.throws(() => sgd.step(0.1), /weight_search::sgd_\(parameters: \[float16 \[2\]\].*not implemented for 'Half'/);
});
