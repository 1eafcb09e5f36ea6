import { EVALUATION_DRAW, sample } from "../search/sample.js";
import { mul } from "../tensor/arithmetic.js";
import { reshape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { InputError } from "../text/errors.js";

const LOGITS = ".alpha";
const VALUES = ".qvals";
const FROZEN = ".init_weight";
const SCALE = ".scale";

/**
 * Replaces the logits of a training state by their quantized weights: `<layer>.alpha` and `<layer>.qvals` become
 * `<layer>.weight`, the values of the highest logits, times the frozen `<layer>.init_weight` and the `<layer>.scale`,
 * `[1]` or `[O]`, if there is one. Other tensors are passed on.
 *
 * @param onlyFactors replaces only logits of factors of a frozen weight
 * @throws InputError naming `source` and the tensor that is missing or of another shape
 */
export function withQuantizedWeights(
  tensors: ReadonlyMap<string, Tensor>,
  source: string,
  { onlyFactors = false }: { readonly onlyFactors?: boolean } = {},
): Map<string, Tensor> {
  const result = new Map<string, Tensor>();
  for (const [name, tensor] of tensors) {
    const layer = layerOf(name);
    const frozen = tensors.get(layer + FROZEN);
    if (layer === "" || (onlyFactors && frozen === undefined)) result.set(name, tensor);
    else if (name.endsWith(LOGITS)) result.set(`${layer}.weight`, quantizedWeight(layer, tensors, source));
    else if (!tensors.has(layer + LOGITS)) result.set(name, tensor);
  }
  return result;
}

/** "conv1.alpha" → "conv1", as for its values, frozen weight and scale; "" for other tensors. */
function layerOf(name: string): string {
  const suffix = [LOGITS, VALUES, FROZEN, SCALE].find((candidate) => name.endsWith(candidate));
  return suffix === undefined ? "" : name.slice(0, -suffix.length);
}

function quantizedWeight(layer: string, tensors: ReadonlyMap<string, Tensor>, source: string): Tensor {
  const take = (suffix: string, shape?: readonly number[]): Tensor => {
    const tensor = tensors.get(layer + suffix);
    const isRight = tensor?.dtype === "float32" && (shape === undefined || String(tensor.shape) === String(shape));
    if (isRight) return tensor;
    const found = tensor === undefined ? "no such tensor" : `${tensor.dtype} [${tensor.shape}]`;
    const expected = shape === undefined ? "float32" : `float32 [${shape}]`;
    throw new InputError(`${source}: tensor "${layer}${suffix}": expected ${expected}, found ${found}`);
  };
  const logits = take(LOGITS);
  const values = take(VALUES, logits.shape.slice(-1));
  const drawn = sample(logits, values.toArray(), EVALUATION_DRAW);
  const shape = logits.shape.slice(0, -1);
  const weight = tensors.has(layer + FROZEN) ? mul(drawn, take(FROZEN, shape)) : drawn;
  const perLayer = tensors.get(layer + SCALE)?.size === 1;
  return tensors.has(layer + SCALE) ? scaled(weight, take(SCALE, perLayer ? [1] : shape.slice(0, 1))) : weight;
}

/** Multiplies a weight `[O, …]` by a scale `[1]` or `[O]`. */
export function scaled(weight: Tensor, scale: Tensor): Tensor {
  return mul(weight, reshape(scale, [scale.size, ...weight.shape.slice(1).map(() => 1)]));
}
