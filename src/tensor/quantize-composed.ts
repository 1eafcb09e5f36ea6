// The quantized activations of quantize.ts composed of LibTorch's operators, for devices and types without custom
// kernels. Narrow types, as from autocast on CUDA, are computed in float32 and converted back: the 8 bits of bfloat16
// would move steps.
import { abs, add, clamp, div, equal, mul, sub } from "./arithmetic.js";
import { operator, tensorOperator } from "./operator.js";
import { detach, to } from "./shape.js";
import { adopt, type Tensor } from "./tensor.js";

const atenGe = tensorOperator("aten::ge", "Tensor");
const atenGeScalar = tensorOperator("aten::ge", "Scalar");
const atenWhere = tensorOperator("aten::where", "self");
const atenRound = tensorOperator("aten::round");
const atenOnesLike = operator("aten::ones_like");

/** `value`, with the gradient of `slope`: the straight-through estimator. */
function straightThrough(value: Tensor, slope: Tensor): Tensor {
  return add(detach(value), sub(slope, detach(slope)));
}

/** `compute` of x as float32, or float64 if x is, in the type of x. */
function inWide(x: Tensor, compute: (wide: Tensor) => Tensor): Tensor {
  if (x.dtype === "float32" || x.dtype === "float64") return compute(x);
  return to(compute(to(x, "float32")), x.dtype);
}

/** See `pact`. */
export function composedPact(x: Tensor, clip: Tensor, bits: number): Tensor {
  return inWide(x, (wide) => widePact(wide, clip, bits));
}

function widePact(x: Tensor, clip: Tensor, bits: number): Tensor {
  const steps = 2 ** bits - 1;
  const limit = detach(clamp(clip, 0, null));
  const ofClip = straightThrough(limit, clip);
  const clipped = atenWhere(atenGe(x, limit), ofClip, clamp(x, 0, null));
  const divisor = atenWhere(equal(limit, 0), adopt(atenOnesLike(limit) as number), limit);
  const quantized = mul(atenRound(mul(div(detach(clipped), divisor), steps)), div(limit, steps));
  return straightThrough(quantized, clipped);
}

/** See `birealSign`. Between −1 and 1, x (2 − |x|) has the derivative 2 − 2 |x|. */
export function composedBirealSign(x: Tensor): Tensor {
  return inWide(x, wideBirealSign);
}

function wideBirealSign(x: Tensor): Tensor {
  const one = adopt(atenOnesLike(x) as number);
  const side = atenWhere(atenGeScalar(x, 0), one, mul(one, -1));
  const inner = clamp(x, -1, 1);
  return straightThrough(atenWhere(equal(x, x), side, x), mul(inner, sub(mul(abs(inner), -1), -2)));
}
