// Sums over a batch by chunks: each is what a batch of the chunk alone gives, to the bit, and threads change nothing.
import assert from "node:assert/strict";
import { test } from "node:test";
import { add, mul, sub } from "./arithmetic.js";
import { conv2d, linear } from "./convolution.js";
import { ones, randn, zeros } from "./create.js";
import { batchNormRelu } from "./normalization.js";
import { norm, sum } from "./reduce.js";
import { manualSeed, setThreads } from "./runtime.js";
import { clone, concat, contiguous, detach, slice, to } from "./shape.js";
import { scope, type Tensor } from "./tensor.js";

/** A layer: its output from images or rows and its parameters. */
interface Layer {
  readonly name: string;
  readonly input: readonly number[];
  readonly parameters: readonly (readonly number[])[];
  readonly forward: (input: Tensor, parameters: readonly Tensor[], chunks?: number) => Tensor;
}

const convolution = (channels: number, outputs: number, side: number, kernel: number, stride: number): Layer => ({
  name: `convolution ${channels} → ${outputs}, ${kernel}×${kernel}, stride ${stride}`,
  input: [channels, side, side],
  parameters: [[outputs, channels, kernel, kernel]],
  forward: (input, [weight = input], chunks) =>
    conv2d(input, weight, null, { stride, padding: kernel >> 1, ...(chunks !== undefined && { chunks }) }),
});

const rows = (inputs: number, outputs: number): Layer => ({
  name: `linear ${inputs} → ${outputs}`,
  input: [inputs],
  parameters: [[outputs, inputs], [outputs]],
  forward: (input, [weight = input, bias = null], chunks) => linear(input, weight, bias, chunks),
});

const LAYERS = [
  convolution(3, 16, 40, 3, 1),
  convolution(16, 32, 12, 3, 2),
  convolution(32, 64, 6, 1, 2),
  convolution(16, 16, 16, 3, 1),
  // Too many channels for slices of the gradient.
  convolution(256, 272, 5, 3, 1),
  rows(64, 10),
  rows(2048, 100),
];

interface Numbers {
  readonly input: Tensor;
  readonly parameters: readonly Tensor[];
  readonly upstream: Tensor;
}

const inOrder = (x: Tensor) => (x.shape.length === 4 ? contiguous(x, "channels_last") : contiguous(x));

function numbersFor({ input, parameters, forward }: Layer, batch: number): Numbers {
  const images = inOrder(randn([batch, ...input]));
  const weights = parameters.map((shape) => randn(shape));
  return { input: images, parameters: weights, upstream: inOrder(randn(forward(images, weights).shape)) };
}

/** Output, gradient of the input, gradients of the parameters. */
function pass({ forward }: Layer, { input, parameters, upstream }: Numbers, chunks?: number): Tensor[] {
  const leaves = [input, ...parameters].map((x) => clone(detach(x)));
  for (const leaf of leaves) leaf.requiresGrad = true;
  const [images = input, ...weights] = leaves;
  const output = forward(images, weights, chunks);
  sum(mul(output, upstream)).backward();
  return [detach(output), ...leaves.map(({ grad }) => grad as Tensor)];
}

function assertSameBits(found: Tensor, expected: Tensor, what: string): void {
  assert.deepEqual(found.shape, expected.shape);
  assert.deepEqual(found.toTypedArray(), expected.toTypedArray(), what);
}

for (const layer of LAYERS) {
  for (const batch of [72, 11]) {
    test(`${layer.name}: a batch of ${batch} in two chunks is the two chunks, with any number of threads`, () => {
      scope(() => {
        manualSeed(3);
        const numbers = numbersFor(layer, batch);
        const middle = batch >> 1;
        const chunkOf = (first: number, last: number) => {
          const cut = (x: Tensor) => inOrder(slice(x, 0, first, last));
          return pass(layer, { ...numbers, input: cut(numbers.input), upstream: cut(numbers.upstream) }, 1);
        };
        setThreads(1);
        const [first, second] = [chunkOf(0, middle), chunkOf(middle, batch)];
        for (const threads of [1, 2, 3]) {
          setThreads(threads);
          const whole = pass(layer, numbers, 2);
          whole.forEach((found, index) => {
            const [a, b] = [first[index] as Tensor, second[index] as Tensor];
            const what = `${threads} threads, result ${index}`;
            if (index > 1) assertSameBits(found, add(a, b), what);
            else assertSameBits(found, concat([a, b]), what);
          });
        }
        const exact = pass(layer, {
          input: to(numbers.input, "float64"),
          parameters: numbers.parameters.map((x) => to(x, "float64")),
          upstream: to(numbers.upstream, "float64"),
        });
        pass(layer, numbers, 2).forEach((found, index) => {
          const reference = exact[index] as Tensor;
          const apart = norm(sub(to(found, "float64"), reference)).item() as number;
          assert.ok(apart < 5e-6 * (norm(reference).item() as number), `result ${index}`);
        });
      });
    });
  }
}

test("batch normalization in two chunks matches that of the batch and is bit-exact for any number of threads", () => {
  scope(() => {
    manualSeed(4);
    const channels = 16;
    const images = inOrder(randn([13, channels, 12, 12]));
    const upstream = inOrder(randn(images.shape));
    const run = (chunks: number, threads: number) => {
      setThreads(threads);
      const [input, weight, bias] = [images, ones([channels]), zeros([channels])].map((x) => clone(detach(x)));
      const leaves = [input as Tensor, weight as Tensor, bias as Tensor] as const;
      for (const leaf of leaves) leaf.requiresGrad = true;
      const state = {
        weight: leaves[1],
        bias: leaves[2],
        runningMean: zeros([channels]),
        runningVar: ones([channels]),
      };
      const output = batchNormRelu(leaves[0], null, state, true, { chunks });
      sum(mul(output, upstream)).backward();
      return [output, ...leaves.map(({ grad }) => grad as Tensor), state.runningMean, state.runningVar];
    };
    const [halves, whole] = [run(2, 1), run(1, 1)];
    for (const threads of [2, 3]) {
      run(2, threads).forEach((found, index) => {
        assertSameBits(found, halves[index] as Tensor, `${threads} threads, result ${index}`);
      });
    }
    halves.forEach((found, index) => {
      const reference = whole[index] as Tensor;
      assert.ok((norm(sub(found, reference)).item() as number) < 1e-5 * (norm(reference).item() as number));
    });
  });
});

test("one image is one chunk, and there is at least one chunk", () => {
  scope(() => {
    const [layer] = LAYERS as [Layer];
    const numbers = numbersFor(layer, 1);
    const once = pass(layer, numbers, 1);
    pass(layer, numbers, 2).forEach((found, index) => {
      assertSameBits(found, once[index] as Tensor, `result ${index}`);
    });
    assert.throws(() => pass(layer, numbers, 0), /chunks must be 1 to 1024, not 0/);
    assert.throws(() => linear(ones([2, 3]), ones([4, 3]), null, 2000), /chunks must be 1 to 1024, not 2000/);
  });
});

test("unneeded gradients are not computed", () => {
  scope(() => {
    const [layer] = LAYERS as [Layer];
    const { input, parameters, upstream } = numbersFor(layer, 4);
    const [weight] = parameters as [Tensor];
    weight.requiresGrad = true;
    sum(mul(layer.forward(input, [weight], 2), upstream)).backward();
    assert.equal(input.grad, null);
    assert.notEqual(weight.grad, null);
  });
});
