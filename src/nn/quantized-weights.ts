import { EVALUATION_DRAW, sample } from "../search/sample.js";
import { mul } from "../tensor/arithmetic.js";
import type { Tensor } from "../tensor/tensor.js";
import { InputError } from "../text/errors.js";

const LOGITS = ".alpha";
const VALUES = ".qvals";
const BASE = ".init_weight";

/**
 * A training state with the weights found in place of what a search trains: `<layer>.alpha` and `<layer>.qvals` become
 * `<layer>.weight`, the values of the highest logits, times `<layer>.init_weight` where the search was of factors of it.
 * Tensors of anything else are passed on.
 *
 * @param onlyFactors leaves searches that were of the weights themselves as they are
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
    const base = tensors.get(layer + BASE);
    if (layer === "" || (onlyFactors && base === undefined)) result.set(name, tensor);
    else if (name.endsWith(LOGITS)) result.set(`${layer}.weight`, quantizedWeight(layer, tensors, source));
    else if (!tensors.has(layer + LOGITS)) result.set(name, tensor);
  }
  return result;
}

/** "conv1.alpha" → "conv1", as of its values and base; of another tensor's name nothing. */
function layerOf(name: string): string {
  const suffix = [LOGITS, VALUES, BASE].find((candidate) => name.endsWith(candidate));
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
  const weight = sample(logits, values.toArray(), EVALUATION_DRAW);
  return tensors.has(layer + BASE) ? mul(weight, take(BASE, logits.shape.slice(0, -1))) : weight;
}
