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

/** κ: how far the logit of a value one gap away stands below that of the value a weight sits on. */
const GAP_MARGIN = 2;
/** However far they are, the other values together keep e⁻⁴ of the nearest one's probability. */
const FAR_MARGIN = 4;
/** Scales past these would leave float32 when a batch normalization's variance takes their square. */
const MAX_SCALE = 1e15;

/**
 * Starts a search from a float weight w `[…shape]`, at a scale s (`fitScale`): for x = s·w and its nearest value v_n
 *
 *     a_k = log(1/K) − min(κ ((x − v_k)² − (x − v_n)²) / Δ_n², c)
 *
 * with Δ_n the gap between v_n and the value next to it, κ = 2 and c = 4 + ln(K − 1). So the nearest value wins, the first
 * of equals, and the evaluated weight is Q(x). For a weight that sits on a value the choice has, at temperature 1 and
 * without noise, a probability of 0.88 for two values and 0.77 to 0.88 for more: clear, but a gradient can still move it.
 * Without the bound c a weight far out would get logits that no gradient moves.
 *
 * With `"normal"` the logits are those of `normalFit` for w / σ, σ the root mean square of the layer's weights, and s is that fit's scale / σ: a
 * training that began with such logits would have had about these when it came to w. The nearest value wins by less, and all the less the closer
 * the values are.
 *
 * The function of the network is kept, up to the rounding, if what follows takes the factor s in: see `loadByName`.
 *
 * @returns the scale
 * @throws InputError when the weight is of another shape, not finite, or so large or small that no scale fits; the
 *   search is then as it was
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

/** The scale at which `startFromFloat` starts; changes nothing, and throws as it does. */
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
    throw new InputError(`expected weights of usual size, found some that need a scale of ${scale.toPrecision(3)}`);
  }
  return scale;
}

/** The rest of `startFromFloat`, at a scale that `floatScale` gave. */
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

/** 1 where all weights are 0: no scale is better than another. */
function rootMeanSquare(weights: Float32Array): number {
  return Math.sqrt(weights.reduce((sum, w) => sum + w * w, 0) / weights.length) || 1;
}

/** The logits a, row-major `[N, K]`. */
function logitsFor(weights: Float32Array, scale: number, values: readonly number[]): Float32Array {
  const count = values.length;
  const set = Float64Array.from(values, Math.fround);
  const most = FAR_MARGIN + Math.log(count - 1);
  const top = Math.fround(Math.log(1 / count));
  // Less, as float32, for a value that is farther by too little to tell otherwise.
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
