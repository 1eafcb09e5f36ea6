#include "operators/quantize_composition.h"

#include <ATen/ATen.h>

namespace weight_search {

namespace {

using at::Tensor;

// `value`, with the gradient of `slope`: the straight-through estimator.
Tensor straightThrough(const Tensor& value, const Tensor& slope) { return value.detach() + (slope - slope.detach()); }

// `compute` of x as float32, or float64 if x is, in the type of x: the 8 bits of bfloat16, as autocast gives on CUDA, would move steps.
template <typename Compute>
Tensor inWide(const Tensor& x, Compute compute) {
  if (x.scalar_type() == at::kFloat || x.scalar_type() == at::kDouble) return compute(x);
  return compute(x.to(at::kFloat)).to(x.scalar_type());
}

Tensor widePact(const Tensor& x, const Tensor& clip, int64_t bits) {
  const auto steps = static_cast<double>((int64_t{1} << bits) - 1);
  const Tensor bound = clip.clamp(0.0).detach();
  const Tensor clipped = at::where(x.ge(bound), straightThrough(bound, clip), x.clamp(0.0));
  const Tensor divisor = at::where(bound.eq(0), at::ones_like(bound), bound);
  return straightThrough((clipped.detach() / divisor * steps).round() * (bound / steps), clipped);
}

// Between -1 and 1, x (2 - |x|) has the derivative 2 - 2 |x|.
Tensor wideBirealSign(const Tensor& x) {
  const Tensor one = at::ones_like(x), inner = x.clamp(-1.0, 1.0);
  const Tensor side = at::where(x.ge(0.0), one, one * -1.0);
  return straightThrough(at::where(x.eq(x), side, x), inner * (inner.abs() * -1.0 - -2.0));
}

}  // namespace

Tensor composedPact(const Tensor& input, const Tensor& clip, int64_t bits, int64_t) {
  checkPactBits(bits);
  return inWide(input, [&](const Tensor& wide) { return widePact(wide, clip, bits); });
}

Tensor composedBirealSign(const Tensor& input) { return inWide(input, wideBirealSign); }

}  // namespace weight_search
