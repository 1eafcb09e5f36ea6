// The search operators of search_operators.cc composed of LibTorch's: the same equations, the same noise.
#include <ATen/ATen.h>
#include <torch/library.h>

#include <cmath>
#include <vector>

#include "kernels/philox.h"
#include "operators/composition.h"
#include "operators/search_checks.h"

namespace weight_search {

namespace {

using at::ArrayRef;
using at::Tensor;

// Gumbel(0, 1) noise like the logits [N, K], the same numbers as the fused kernels': weight i's words 4j … 4j+3 are Philox
// at the counter (i, j, step). Made on the CPU, so that a device does not change the draw.
Tensor gumbelLike(const Tensor& logits, int64_t seed, int64_t step) {
  const int64_t valueCount = logits.size(-1), count = logits.numel() / valueCount;
  const Tensor noise = at::empty(logits.sizes(), at::TensorOptions(at::kDouble));
  const bool isFloat = logits.scalar_type() == at::kFloat;
  double* out = noise.data_ptr<double>();
  const auto key = static_cast<uint64_t>(seed), counter = static_cast<uint64_t>(step);
  for (int64_t i = 0; i < count; ++i) {
    const auto index = static_cast<uint64_t>(i);
    for (int64_t k = 0; k < valueCount; ++k) {
      const auto j = static_cast<uint64_t>(k / 4);
      const Words words = philox({{static_cast<uint32_t>(index), static_cast<uint32_t>((index >> 32) | (j << 16)),
                                   static_cast<uint32_t>(counter), static_cast<uint32_t>(counter >> 32)}},
                                 static_cast<uint32_t>(key), static_cast<uint32_t>(key >> 32));
      const uint32_t word = words.w[k % 4];
      const double u = isFloat ? (static_cast<double>(word >> 9) + 0.5) * 0x1p-23 : (static_cast<double>(word) + 0.5) * 0x1p-32;
      out[i * valueCount + k] = -std::log(-std::log(u));
    }
  }
  return noise.to(logits.options());
}

Tensor probabilities(const Tensor& logits, double temperature, double noiseScale, int64_t seed, int64_t step) {
  const Tensor perturbed = noiseScale == 0 ? logits : logits + noiseScale * gumbelLike(logits, seed, step);
  return (perturbed / temperature).softmax(-1);
}

Tensor valuesLike(const Tensor& logits, ArrayRef<double> values) {
  return at::tensor(values, at::TensorOptions(at::kDouble)).to(logits.options());
}

Tensor sample(const Tensor& logits, ArrayRef<double> values, double temperature, double noiseScale, int64_t seed, int64_t step,
              bool hard) {
  checkDraw(logits, values, temperature, noiseScale);
  const Tensor set = valuesLike(logits, values), p = probabilities(logits, temperature, noiseScale, seed, step);
  return hard ? set.index_select(0, p.argmax(-1).flatten()).view(p.sizes().slice(0, p.dim() - 1)) : (p * set).sum(-1);
}

Tensor& sampleOut(const Tensor& logits, ArrayRef<double> values, double temperature, double noiseScale, int64_t seed, int64_t step,
                  bool hard, Tensor& out) {
  return out.copy_(sample(logits, values, temperature, noiseScale, seed, step, hard));
}

Tensor sampleBackward(const Tensor& gradient, const Tensor& logits, ArrayRef<double> values, double temperature, double noiseScale,
                      int64_t seed, int64_t step) {
  checkDraw(logits, values, temperature, noiseScale);
  checkWeights(logits, gradient, "grad_weight");
  const Tensor set = valuesLike(logits, values), p = probabilities(logits, temperature, noiseScale, seed, step);
  const Tensor mean = (p * set).sum(-1, true);
  return gradient.unsqueeze(-1) * p * (set - mean) / temperature;
}

void logitSgd(Tensor& logits, Tensor& momentum, const Tensor& gradient, ArrayRef<double> values, double temperature, double noiseScale,
              int64_t seed, int64_t step, double learningRate, double momentumFactor, double weightDecay,
              const c10::optional<Tensor>& hardWeight) {
  const Tensor logitGradient = sampleBackward(gradient, logits, values, temperature, noiseScale, seed, step);
  momentum.mul_(momentumFactor).add_(logitGradient).add_(logits, weightDecay);
  logits.sub_(momentum, learningRate);
  if (hardWeight.has_value() && hardWeight->defined()) hardWeight->copy_(sample(logits, values, 1, 0, 0, 0, true));
}

}  // namespace

// The operators that search_operators.cc defines.
TORCH_LIBRARY_IMPL(weight_search, CompositeExplicitAutograd, library) {
  implementComposed(library, "sample", sample);
  implementComposed(library, "sample_backward", sampleBackward);
  implementComposed(library, "logit_sgd_", logitSgd);
  library.impl("sample.out", sampleOut);
}

}  // namespace weight_search
