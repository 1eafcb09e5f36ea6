import assert from "node:assert/strict";
import { before, test } from "node:test";
import { sample } from "../src/search/sample.js";
import { noGrad } from "../src/tensor/autograd.js";
import { fromTypedArray, randn, tensor, zeros } from "../src/tensor/create.js";
import { operator, tensorOperator } from "../src/tensor/operator.js";
import { cudaDevices, hasCudaKernels, manualSeed } from "../src/tensor/runtime.js";
import { clone, flatten, reshape, slice, to, toDevice } from "../src/tensor/shape.js";
import { scope, type Tensor } from "../src/tensor/tensor.js";
import { spread } from "./support/gradient.js";
import { assertNear } from "./support/near.js";

// The kernels for CUDA against the CPU's: the same steps, rounded a little differently.
const CUDA = "cuda:0";
const skip =
  cudaDevices() === 0
    ? "this machine has no CUDA"
    : !hasCudaKernels() && "the addon was built without kernels for CUDA (no nvcc)";

before(() => manualSeed(3));

const logitSgd = operator("weight_search::logit_sgd_");
const sgd = operator("weight_search::sgd_");
const logitGradient = tensorOperator("weight_search::sample_backward");
const cropFlipNormalize = tensorOperator("weight_search::crop_flip_normalize");

function assertSame(onDevice: Tensor, expected: Tensor): void {
  const [found, wanted] = [toDevice(onDevice, "cpu").toArray(), expected.toArray()];
  const tolerance = expected.dtype === "float32" ? 1e-5 : 1e-12;
  assertNear(found, wanted, { relative: tolerance, absolute: tolerance });
}

/** Logits with ties, infinities and NaN among them. */
function hardLogits(size: number, count: number): Tensor {
  const odd = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e30, Number.NaN];
  const values = Array.from({ length: size * count }, (_, i) =>
    i % 7 < 2 ? odd[(i * 5) % 6] : Math.round(i % 11) / 4,
  );
  return tensor(values as number[], [size, count]);
}

for (const dtype of ["float32", "float64"] as const) {
  for (const count of [2, 3, 4, 5, 8, 16, 30, 256]) {
    test(`${count} values in ${dtype}: drawn, differentiated and stepped as on the CPU`, { skip }, () => {
      const values = spread(count, 3);
      for (const size of [1, 127, 1000]) {
        for (const noiseScale of [0, 0.7]) {
          for (const plain of [randn([size, count]), hardLogits(size, count)]) {
            scope(() => {
              const logits = to(plain, dtype);
              const there = toDevice(logits, CUDA);
              const draw = { temperature: 0.37, noiseScale, seed: 7n * 2n ** 32n + 5n, step: 3 * 2 ** 32 + 9 };
              for (const hard of [true, false]) {
                assertSame(sample(there, values, { ...draw, hard }), sample(logits, values, { ...draw, hard }));
              }
              const gradient = to(randn([size]), dtype);
              const settings = [draw.temperature, noiseScale, draw.seed, draw.step];
              assertSame(
                logitGradient(toDevice(gradient, CUDA), there, values, ...settings),
                logitGradient(gradient, logits, values, ...settings),
              );
              const stepped = (device: string) => {
                const a = clone(device === CUDA ? there : logits);
                const [m, best] = [
                  toDevice(zeros([size, count], dtype), device),
                  toDevice(zeros([size], dtype), device),
                ];
                const g = toDevice(gradient, device);
                for (const rate of [0.1, 0.5]) logitSgd(a, m, g, values, ...settings, rate, 0.9, 1e-3, best);
                return [a, m, best] as const;
              };
              const [found, expected] = [stepped(CUDA), stepped("cpu")];
              expected.forEach((tensor, n) => {
                assertSame(found[n] ?? tensor, tensor);
              });
            });
          }
        }
      }
    });
  }
}

test("logits that lie askew in memory", { skip }, () => {
  scope(() => {
    const all = randn([401]);
    const askew = (x: Tensor) => reshape(slice(x, 0, 1, 401), [100, 4]);
    const draw = { temperature: 1, noiseScale: 0.5, seed: 1n, step: 2, hard: false };
    const values = [-1, -0.5, 0.5, 1];
    assertSame(sample(askew(toDevice(all, CUDA)), values, draw), sample(askew(all), values, draw));
  });
});

test("SGD over more tensors than one launch takes", { skip }, () => {
  scope(() =>
    noGrad(() => {
      const sizes = Array.from({ length: 250 }, (_, n) => (n === 100 ? 10_000 : 1 + ((n * 37) % 90)));
      const [x, m, g] = [0, 1, 2].map(() => sizes.map((size) => randn([size]))) as [Tensor[], Tensor[], Tensor[]];
      const there = [x, m, g].map((tensors) => tensors.map((tensor) => toDevice(tensor, CUDA)));
      const [theirX = [], theirM = []] = there;
      for (const rate of [0.1, 0.2]) {
        sgd(x, m, g, rate, 0.9, 1e-4);
        sgd(...there, rate, 0.9, 1e-4);
      }
      x.forEach((tensor, n) => {
        assertSame(theirX[n] ?? tensor, tensor);
        assertSame(theirM[n] ?? tensor, m[n] ?? tensor);
      });
    }),
  );
});

test("batches are cropped, mirrored and normalised as on the CPU, wherever the indices are", { skip }, () => {
  scope(() => {
    const images = fromTypedArray(
      Uint8Array.from({ length: 40 * 3 * 9 * 12 }, (_, i) => Math.imul(i + 1, 2654435761) >>> 24),
      [40, 3, 9, 12],
    );
    const indices = tensor([3, 39, 0, 17, 3], [5], "int64");
    const settings = [[0.49, 0.48, 0.44], [0.2, 0.19, 0.21], 4, true, 5, 6] as const;
    const expected = cropFlipNormalize(images, indices, ...settings);
    for (const place of ["cpu", CUDA]) {
      const found = cropFlipNormalize(toDevice(images, CUDA), toDevice(indices, place), ...settings);
      assert.equal(found.device, CUDA);
      assertSame(flatten(found), flatten(expected));
    }
    const wrong = toDevice(tensor([40], [1], "int64"), CUDA);
    const none = toDevice(cropFlipNormalize(toDevice(images, CUDA), wrong, ...settings), "cpu");
    assert.ok(none.toArray().every(Number.isNaN));
  });
});
