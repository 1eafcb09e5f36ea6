import { copyInto } from "../tensor/arithmetic.js";
import { noGrad } from "../tensor/autograd.js";
import { fromTypedArray } from "../tensor/create.js";
import { contiguous } from "../tensor/shape.js";
import { scope, type Tensor } from "../tensor/tensor.js";
import { InputError } from "../text/errors.js";
import { fitScale } from "./fit-scale.js";
import { normalFit } from "./normal-fit.js";
import { type LogitInit, normalLogits } from "./normal-logits.js";
import { EVALUATION_DRAW } from "./sample.js";
import type { SearchedWeight } from "./searched-weight.js";

/** κ: by how much the logit of a value one gap away is below that of the weight's own value. */
const GAP_MARGIN = 2;
/** However far they are, the other values together keep at least e⁻⁴ of the nearest one's probability. */
const FAR_MARGIN = 4;
/** Scales out of this range would overflow float32 when a batch normalization's variance is scaled by their square. */
const MAX_SCALE = 1e15;

/**
 * Initializes the logits from a float weight w `[…shape]`, at a scale s (`fitScale`): for x = s·w and its nearest value
 * v_n
 *
 *     a_k = log(1/K) − min(κ ((x − v_k)² − (x − v_n)²) / Δ_n², c)
 *
 * with Δ_n the gap between v_n and the value next to it, κ = 2 and c = 4 + ln(K − 1). The nearest value has the highest
 * logit (the first of equals), so the hard weight is Q(x). A weight equal to a value chooses it, at temperature 1 and
 * without noise, with a probability of 0.88 for two values and 0.77 to 0.88 for more: clear, but a gradient can still
 * change it. Without the bound c an outlier would get logits that no gradient moves.
 *
 * With `"normal"` the logits are those of `normalFit` for w / σ, σ the root mean square of the layer's weights, and s
 * is that fit's scale / σ: about what training from such logits would have arrived at for w. The margin of the nearest
 * value is smaller, and the smaller the closer the values are.
 *
 * The network's function is preserved up to rounding if the layer that follows absorbs the factor s: see `loadByName`.
 *
 * @returns the scale
 * @throws InputError if the weight has another shape, is not finite, or is so large or small that no scale fits; the
 *   logits are then unchanged
 */
export function startFromFloat(
  searched: SearchedWeight,
  weight: Tensor,
  logitInit: LogitInit = "uniform",
): { readonly scale: number } {
  const scale = floatScale(searched, weight, logitInit);
  setFromFloat(searched, weight, scale, logitInit);
  return { scale };
}

/** The scale that `startFromFloat` would use; changes nothing, and throws as it does. */
export function floatScale(searched: SearchedWeight, weight: Tensor, logitInit: LogitInit): number {
  if (String(weight.shape) !== String(searched.weight.shape)) {
    throw new InputError(`expected a weight of shape [${searched.weight.shape}], found [${weight.shape}]`);
  }
  const scale = withFloats(weight, (w) => {
    const odd = w.findIndex((value) => !Number.isFinite(value));
    if (odd >= 0) throw new InputError(`expected finite weights, found ${w[odd]} at ${odd}`);
    return logitInit === "normal" ? normalFit(searched.values).scale / rootMeanSquare(w) : fitScale(w, searched.values);
  });
  if (scale > MAX_SCALE || scale < 1 / MAX_SCALE) {
    throw new InputError(
      `expected weights of a usual magnitude, found some that need a scale of ${scale.toPrecision(3)}`,
    );
  }
  return scale;
}

/** Sets the logits of `startFromFloat` at a scale from `floatScale`. */
export function setFromFloat(searched: SearchedWeight, weight: Tensor, scale: number, logitInit: LogitInit): void {
  const { values } = searched;
  scope(() => {
    const logits = withFloats(weight, (w) =>
      logitInit === "normal" ? normalLogits(w, values, scale / normalFit(values).scale) : logitsFor(w, scale, values),
    );
    noGrad(() => copyInto(searched.logits, fromTypedArray(logits, searched.logits.shape, { share: true })));
  });
  searched.draw(EVALUATION_DRAW);
}

function withFloats<Result>(weight: Tensor, body: (weights: Float32Array) => Result): Result {
  if (weight.dtype !== "float32") throw new TypeError(`expected a float32 weight, received ${weight.dtype}`);
  return scope(() => body(contiguous(weight).toTypedArray() as Float32Array));
}

/** 1 if all weights are 0: no scale is better than another. */
function rootMeanSquare(weights: Float32Array): number {
  return Math.sqrt(weights.reduce((sum, w) => sum + w * w, 0) / weights.length) || 1;
}

/** The logits a, row-major `[N, K]`. */
function logitsFor(weights: Float32Array, scale: number, values: readonly number[]): Float32Array {
  const count = values.length;
  const set = Float64Array.from(values, Math.fround);
  const most = FAR_MARGIN + Math.log(count - 1);
  const top = Math.fround(Math.log(1 / count));
  // The next smaller float32 for a value that is farther by less than its resolution.
  const below = Math.fround(top * (1 + 2 ** -20));
  const factors = set.map((value) => {
    const gap = set.reduce(
      (least, other) => (other === value ? least : Math.min(least, Math.abs(other - value))),
      Infinity,
    );
    return GAP_MARGIN / (gap * gap);
  });
  const logits = new Float32Array(weights.length * count);
  weights.forEach((weight, index) => {
    const x = scale * weight;
    let nearest = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let k = 0; k < count; k++) {
      const distance = Math.abs(x - (set[k] ?? 0));
      if (distance < least) {
        nearest = k;
        least = distance;
      }
    }
    const factor = factors[nearest] ?? 0;
    for (let k = 0; k < count; k++) {
      const distance = Math.abs(x - (set[k] ?? 0));
      const margin = Math.min(factor * (distance - least) * (distance + least), most);
      const logit = Math.fround(top - margin);
      logits[index * count + k] = k === nearest || distance === least ? top : Math.min(logit, below);
    }
  });
  return logits;
}
