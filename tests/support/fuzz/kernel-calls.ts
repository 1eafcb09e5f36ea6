// Our operators with arguments that are right, so that their kernels run to the ends of their buffers; one in six calls
// has one argument that is not.
import { addon } from "../../../src/tensor/addon.js";
import type { Argument, Handle } from "../../../src/tensor/addon-types.js";
import { HUGE, junk, NUMBERS } from "./arguments.js";
import { between, chance, pick, random } from "./random.js";
import { aten, dense, images, oddOf, strided } from "./tensors.js";

const VALUE_COUNTS = [2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33, 100];
const WEIGHT_COUNTS = [0, 1, 2, 7, 31, 32, 33, 63, 64, 65, 127, 128, 129, 255, 256, 257, 300, 700];
// Around the widths of vectors, and what the kernels know as constants.
const CHANNELS = [1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 48, 63, 64, 65];
const SEEDS = [0, 1, 7, 2 ** 40 + 7, -1, 2n ** 63n - 1n, -(2n ** 63n)];

const floatType = () => pick(["float32", "float32", "float64"] as const);

/** A draw's logits [shape, K], shape, and the arguments from `values` to `step`. */
function someDraw() {
  const count = pick(VALUE_COUNTS);
  const total = pick(WEIGHT_COUNTS);
  const shape = chance(0.3) ? [2, total] : [total];
  const dtype = floatType();
  const values = Array.from({ length: count }, () => 4 * random() - 2);
  const noise = chance(0.5) ? 0 : random();
  const logits = (make: typeof dense) => make([...shape, count], dtype);
  return { shape, dtype, logits, rest: [values, 0.01 + random(), noise, pick(SEEDS), pick(SEEDS)] };
}

const size = () => pick([1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 17]);

function wideImages(channels: number, height: number, width: number): Handle {
  return images([between(1, 3), channels, height, width]);
}

/** Activations, as images or as rows. */
const someActivations = () =>
  chance(0.7) ? wideImages(pick(CHANNELS), between(0, 9), between(0, 9)) : strided([between(0, 5), between(0, 70)]);

/** Winograd's channels: multiples of 16, of one panel and of two, few and many. */
const panels = () => 16 * pick([1, 1, 1, 2, 2, 3, 4, 5, 9]);

function sgdArguments(): unknown[] {
  const shapes = Array.from({ length: between(0, 3) }, () => pick([[0], [1], [17], [3, 5], [2, 3, 4, 5], [40000]]));
  const dtype = floatType();
  const alike = shapes.map((shape) => dense(shape, dtype));
  const momenta = chance(0.1) ? alike : shapes.map((shape) => dense(shape, dtype));
  return [alike, momenta, shapes.map((shape) => strided(shape, dtype)), random(), random(), random()];
}

function logitSgdArguments(): unknown[] {
  const { shape, dtype, logits, rest } = someDraw();
  const ours = logits(dense);
  const momentum = chance(0.1) ? ours : logits(dense);
  const hard = pick([null, () => dense(shape, dtype), () => aten("select.int", ours, -1, 0)])?.() ?? null;
  return [ours, momentum, strided(shape, dtype), ...rest, random(), random(), random(), hard];
}

/** Logits, a temperature, and the choices to compare with, often past the values that there are. */
function healthArguments(): unknown[] {
  const { shape, logits } = someDraw();
  return [logits(strided), 0.01 + random(), aten("randint.low", 0, 256, shape, "uint8")];
}

/** Chunks of a batch, often more than it has images. */
const chunks = () => pick([1, 1, 2, 2, 2, 3, 7]);

/** Images, a weight that may convolve them, the geometry up to the groups, and the output's shape. */
function someConvolution() {
  const [groups, batch, height, width] = [pick([1, 1, 1, 2, 3]), pick([1, 2, 5, 12]), size(), size()];
  const [inputs, outputs] = [pick([1, 2, 3, 8, 16]), pick([1, 2, 4, 16, 17])];
  const kernel = [between(1, Math.min(3, height)), between(1, Math.min(3, width))] as const;
  const [stride, padding, dilation] = [between(1, 3), between(0, 2), pick([1, 1, 1, 2])];
  const side = (pixels: number, reach: number) =>
    Math.floor((pixels + 2 * padding - dilation * (reach - 1) - 1) / stride) + 1;
  const shape = [batch, groups * outputs, side(height, kernel[0]), side(width, kernel[1])];
  const input = images([batch, groups * inputs, height, width]);
  const weight = strided([groups * outputs, inputs, ...kernel]);
  return { input, weight, shape, geometry: [stride, padding, dilation, groups] };
}

/** Valid arguments by operator. */
const OPERATORS: Readonly<Record<string, () => unknown[]>> = {
  sample: () => {
    const { logits, rest } = someDraw();
    return [logits(strided), ...rest, chance(0.5)];
  },
  "sample.out": () => {
    const { shape, dtype, logits, rest } = someDraw();
    return [logits(strided), ...rest, chance(0.5), dense(shape, dtype)];
  },
  sample_backward: () => {
    const { shape, dtype, logits, rest } = someDraw();
    return [strided(shape, dtype), logits(strided), ...rest];
  },
  logit_sgd_: logitSgdArguments,
  search_statistics: healthArguments,
  sgd_: sgdArguments,
  convolution: () => {
    if (chance(0.5)) {
      const { input, weight, geometry } = someConvolution();
      return [input, weight, null, ...geometry, pick([null, chunks()])];
    }
    const inputs = panels();
    const weight = strided([panels(), inputs, 3, 3]);
    return [wideImages(inputs, size(), size()), weight, null, 1, 1, 1, 1, pick([null, chunks()])];
  },
  linear: () => {
    const [batch, inputs, outputs] = [between(0, 12), between(0, 40), between(0, 20)];
    const bias = chance(0.5) ? strided([outputs]) : null;
    return [strided([batch, inputs]), strided([outputs, inputs]), bias, pick([null, chunks()])];
  },
  winograd_convolution: () => {
    const inputs = panels();
    return [wideImages(inputs, size(), size()), strided([panels(), inputs, 3, 3]), chunks()];
  },
  winograd_convolution_backward: () => {
    const [inputs, outputs, batch, height, width] = [panels(), panels(), between(1, 3), size(), size()];
    const weight = strided([outputs, inputs, 3, 3]);
    const gradient = strided([batch, outputs, height, width]);
    return [gradient, images([batch, inputs, height, width]), weight, [chance(0.7), chance(0.7)], chunks()];
  },
  convolution_by_chunks: () => {
    const { input, weight, geometry } = someConvolution();
    return [input, weight, ...geometry, chunks()];
  },
  convolution_by_chunks_backward: () => {
    const { input, weight, shape, geometry } = someConvolution();
    // Those of a kernel that does not fit are no sizes.
    const gradient = strided(shape.map((length) => Math.max(1, length)));
    return [gradient, input, weight, ...geometry, [chance(0.7), chance(0.7)], chunks()];
  },
  linear_by_chunks: () => {
    const [batch, inputs, outputs] = [between(0, 12), between(0, 40), between(0, 20)];
    return [strided([batch, inputs]), strided([outputs, inputs]), chance(0.5) ? strided([outputs]) : null, chunks()];
  },
  linear_by_chunks_backward: () => {
    const [batch, inputs, outputs] = [between(0, 12), between(0, 40), between(0, 20)];
    const wanted = [chance(0.7), chance(0.7), chance(0.7)];
    return [strided([batch, outputs]), strided([batch, inputs]), strided([outputs, inputs]), wanted, chunks()];
  },
  halve_and_pad: () => [wideImages(pick(CHANNELS), between(0, 9), between(0, 9)), between(0, 20), between(0, 20)],
  max_pool2d: () => [wideImages(pick(CHANNELS), 2 * between(1, 6), 2 * between(1, 6)), 2, 2, pick([0, 0, 0, 1])],
  batch_norm_relu: () => {
    const channels = chance(0.03) ? pick([2047, 2048, 2049]) : pick(CHANNELS);
    const large = chance(0.05) && channels < 100;
    const shape = [between(1, 3), channels, large ? 33 : between(1, 9), large ? 40 : between(2, 9)];
    const vector = () => dense([channels]);
    const residual = chance(0.5) ? strided(shape) : null;
    return [
      images(shape),
      residual,
      vector(),
      vector(),
      vector(),
      vector(),
      random(),
      1e-5,
      chance(0.05) ? 7 : 0,
      chunks(),
      chance(0.7),
    ];
  },
  pact: () => [someActivations(), dense([]), between(2, 8), chunks()],
  bireal_sign: () => [someActivations()],
  sync_batch_norm: () => {
    const channels = pick(CHANNELS);
    const vector = () => dense([channels]);
    const shape = [between(1, 3), channels, between(1, 9), between(1, 9)];
    return [strided(shape), vector(), vector(), vector(), vector(), random(), 1e-5, chance(0.05) ? 7 : 0];
  },
  crop_flip_normalize: () => {
    const [count, channels] = [between(1, 5), between(1, 4)];
    const indices = BigInt64Array.from({ length: between(0, 9) }, () => BigInt(between(0, count - 1)));
    const table = () => Array.from({ length: channels }, random);
    const bytes = strided([count, channels, between(0, 9), between(0, 9)], "uint8");
    const padding = chance(0.05) ? pick([2 ** 30, 2 ** 31, 2 ** 40]) : between(0, 12);
    const tensorOf = addon().fromTypedArray(indices, [indices.length], false);
    return [bytes, tensorOf, table(), table(), padding, chance(0.5), pick(SEEDS), pick(SEEDS)];
  },
  normalize_pixels: () => {
    const channels = between(1, 4);
    const table = () => Array.from({ length: channels }, random);
    return [strided([between(0, 3), between(0, 9), between(0, 9), channels], "uint8"), table(), table()];
  },
  zero_rectangles_: () => {
    const count = between(0, 4);
    const batch = between(1, 3);
    const places = [-9n, -1n, 0n, 1n, 2n, 4n, 9n, 40n, 2n ** 63n - 1n, -(2n ** 63n)];
    const rows = BigInt64Array.from({ length: 5 * count }, (_, i) =>
      i % 5 === 0 ? BigInt(between(0, batch - 1)) : pick(places),
    );
    return [
      strided([batch, between(1, 3), between(0, 9), between(0, 9)], floatType()),
      addon().fromTypedArray(rows, [count, 5], false),
    ];
  },
  fma_peak: () => [pick([1, 100, 1000, 2 ** 40])],
};

/** Operators that are defined once more as compositions of LibTorch's, `composed_*`. */
export const COMPOSED = [
  ...["sample", "sample_backward", "logit_sgd_", "search_statistics", "sgd_"],
  ...["max_pool2d", "halve_and_pad", "batch_norm_relu", "pact", "bireal_sign"],
];

/** Valid arguments of all operators, as tests/fuzz.test.ts checks. */
export const VALID: Readonly<Record<string, (() => unknown[]) | undefined>> = {
  ...OPERATORS,
  ...Object.fromEntries(COMPOSED.map((name) => [`composed_${name}`, OPERATORS[name]])),
};

const isHandle = (value: unknown): value is Handle => typeof value === "number" && addon().isLive(value);

function damage(values: unknown[]): void {
  const at = Math.floor(random() * values.length);
  const value = values[at];
  const isTensor = typeof value === "number" && Number.isInteger(value) && value > 2 ** 24 && isHandle(value);
  if (isTensor && chance(0.7)) values[at] = oddOf(value);
  else if (Array.isArray(value) && chance(0.5)) values[at] = value.slice(1);
  else values[at] = pick([junk, () => pick(HUGE), () => pick(NUMBERS)])();
}

/** What a caller may do to an operator's arguments between forward and backward pass, although it should not. */
function corrupt(values: readonly unknown[]): void {
  const tensors = values.filter((value) => typeof value === "number" && value > 2 ** 24 && isHandle(value)) as Handle[];
  const one = pick(tensors);
  if (one === undefined) return;
  const shape = addon().shape(one);
  switch (between(0, 4)) {
    case 0:
      aten(
        "resize_",
        one,
        shape.map((length) => 2 * length),
      );
      break;
    case 1:
      aten(
        "resize_",
        one,
        shape.map((length) => Math.floor(length / 2)),
      );
      break;
    case 2:
      addon().moveTo(one, "meta");
      break;
    case 3:
      aten("set_.source_Tensor", one, strided(pick([[1], shape])));
      break;
    default:
      addon().release(one);
  }
}

function backwardOf(result: Handle, values: readonly unknown[]): void {
  if (chance(0.15)) corrupt(values);
  const shape = addon().shape(result);
  let gradient: Handle | null = shape.length === 4 && chance(0.5) ? images(shape) : strided(shape);
  if (chance(0.1)) gradient = pick([null, oddOf(gradient), strided([2, 3])]);
  addon().backward(result, gradient);
  for (const value of values) if (typeof value === "number" && value > 2 ** 24 && isHandle(value)) addon().grad(value);
}

/** One call of one custom operator, and its backward pass if it has one. */
export function callKernel(): void {
  const name = pick(Object.keys(VALID));
  const values = (VALID[name] as () => unknown[])();
  if (chance(0.16)) damage(values);
  for (const value of values) {
    if (typeof value !== "number" || value <= 2 ** 24 || !isHandle(value) || chance(0.4)) continue;
    if (!addon().dtype(value).startsWith("float") || /_$|out$|backward|peak|health/.test(name)) continue;
    // What is written to may not require a gradient.
    const firstWritten = { batch_norm_relu: 4, sync_batch_norm: 3 }[name.replace("composed_", "")] ?? values.length;
    if (values.indexOf(value) < firstWritten) addon().setRequiresGrad(value, true);
  }
  if (process.env["FUZZ_TRACE"]) console.error(name, values);
  const [base = "", overload = ""] = name.split(".");
  const called = addon().call(addon().findOperator(`weight_search::${base}`, overload), ...(values as Argument[]));
  for (const result of Array.isArray(called) ? called : [called]) {
    if (typeof result !== "number" || !isHandle(result)) continue;
    if (chance(0.5)) addon().toTypedArray(result);
    if (addon().requiresGrad(result)) backwardOf(result, values);
  }
}
