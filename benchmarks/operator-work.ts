import type { OperatorTime } from "../src/tensor/addon-types.js";
import { searchFloats } from "./search-floats.js";

/** What one call of an operator must at least do: floating-point operations, or bytes that it moves. */
export type Work = { readonly flops: number } | { readonly bytes: number };

/** Convolutions that only call another one, which does the work. */
const WRAPPERS = [
  "aten::conv2d",
  "aten::convolution",
  "aten::_convolution",
  "aten::thnn_conv2d",
  "weight_search::convolution",
  "weight_search::convolution_by_chunks",
];

/** Multiply-adds are 2 operations; padding counts as if it were image. `null` where nothing is known. */
export function workOf(time: OperatorTime): Work | null {
  const { name, shapes, lists } = time;
  switch (name) {
    case "aten::addmm":
      return matrixProduct(shapes["mat1"], shapes["mat2"]);
    case "aten::mm":
      return matrixProduct(shapes["self"], shapes["mat2"]);
    case "weight_search::linear_by_chunks":
      return layerProducts(shapes["input"], shapes["weight"], 1);
    case "weight_search::linear_by_chunks_backward":
      return layerProducts(shapes["input"], shapes["weight"], sumOf(lists["output_mask"]?.slice(0, 2) ?? []));
    case "weight_search::sample":
      return searchBytes(shapes["logits"], searchFloats.draw);
    case "weight_search::sample_backward":
      return searchBytes(shapes["logits"], searchFloats.gradient);
    case "weight_search::logit_sgd_":
      return searchBytes(
        shapes["logits"],
        shapes["hard_weight"] === undefined ? searchFloats.sgdStep : searchFloats.sgdStepAndDraw,
      );
    // The image twice (statistics before what needs them) and the output; the residual where there is one.
    case "weight_search::batch_norm_relu":
      return imageBytes(shapes["input"], shapes["residual"] === undefined ? 3 : 4);
    case "aten::native_batch_norm":
      return imageBytes(shapes["input"], 3);
    case "aten::native_batch_norm_backward":
      return imageBytes(shapes["input"], 5);
    default:
      // Image, output and its gradient twice, and the image's gradient; the residual's is not known of here.
      if (/CppNode<.*\bBatchNormRelu>/.test(name)) return imageBytes(shapes["0"], 7);
      return WRAPPERS.includes(name) ? null : convolution(time);
  }
}

/**
 * Of whatever takes a weight `[O, C, k, k]` and an image, or the gradient of its output: as many products of the same
 * size as it gives gradients of images and weights (`output_mask`), or the one of a forward convolution. Winograd's counts
 * what it stands for, not the fewer multiplications that it does: its figure may exceed the machine's.
 */
function convolution({ name, shapes, lists }: OperatorTime): Work | null {
  const { weight, grad_output: gradient } = shapes;
  const ofWinograd = name === "weight_search::winograd_convolution";
  const image = shapes["input"] ?? shapes["self"];
  if (weight?.length !== 4) return null;
  const perOutput = 2 * product(weight.slice(1));
  if (gradient?.length === 4) {
    const [ofImage = 1, ofWeight = 1] = lists["output_mask"] ?? [];
    return { flops: (ofImage + ofWeight) * perOutput * product(gradient) };
  }
  if (image?.length !== 4) return null;
  const side = (axis: number) => {
    const at = (sizes: readonly number[] | undefined, otherwise: number) => sizes?.[axis] ?? sizes?.[0] ?? otherwise;
    const reach = at(lists["dilation"], 1) * ((weight[2 + axis] ?? 1) - 1) + 1;
    return (
      Math.floor(
        ((image[2 + axis] ?? 0) + 2 * at(lists["padding"], ofWinograd ? 1 : 0) - reach) / at(lists["stride"], 1),
      ) + 1
    );
  };
  return { flops: perOutput * (image[0] ?? 0) * (weight[0] ?? 0) * side(0) * side(1) };
}

function matrixProduct(left: readonly number[] | undefined, right: readonly number[] | undefined): Work | null {
  if (left === undefined || right === undefined) return null;
  return { flops: 2 * product(left) * (right[1] ?? 1) };
}

/** Products of the size of rows `[N, I]` with a weight `[O, I]`. */
function layerProducts(
  rows: readonly number[] | undefined,
  weight: readonly number[] | undefined,
  count: number,
): Work | null {
  if (rows === undefined || weight === undefined) return null;
  return { flops: 2 * count * product(rows) * (weight[0] ?? 0) };
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function searchBytes(logits: readonly number[] | undefined, floats: (valueCount: number) => number): Work | null {
  if (logits === undefined) return null;
  const valueCount = logits.at(-1) ?? 1;
  return { bytes: (product(logits) / valueCount) * floats(valueCount) * Float32Array.BYTES_PER_ELEMENT };
}

function imageBytes(image: readonly number[] | undefined, times: number): Work | null {
  return image === undefined ? null : { bytes: times * product(image) * Float32Array.BYTES_PER_ELEMENT };
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total * size, 1);
}
