// The operators of search_operators.cc, health_operator.cc and sgd_operator.cc composed of LibTorch's own, for devices that have
// no kernels of ours (MPS, and CUDA where none were built, or none of that operator): the same equations, the same noise.
// Elsewhere our kernels are registered and go first; there the compositions can be called as weight_search::composed_*, which is
// how they are tested.
#include <ATen/ATen.h>
#include <torch/library.h>

#include <cmath>
#include <vector>

#include "kernels/philox.h"
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

// As native/operators/health_operator.cc says; its sums are made where float64 is.
Tensor searchHealth(const Tensor& logits, double temperature, Tensor& choices) {
  checkHealth(logits, temperature, choices);
  const Tensor greatest = logits.amax(-1, true);
  const Tensor difference = at::where(logits == greatest, at::zeros({}, logits.options()), (logits - greatest) / temperature);
  const Tensor e = difference.exp(), total = e.sum(-1);
  const Tensor weighted = at::where(e > 0, e * difference, at::zeros({}, logits.options())).sum(-1);
  const Tensor entropy = total.log() - weighted / total;
  const Tensor hasNan = logits.isnan().any(-1);
  const Tensor before = choices.to(at::kLong), best = at::where(hasNan, before, logits.argmax(-1));
  std::vector<Tensor> counts = {(best != before).sum()};
  for (int64_t k = 0; k < logits.size(-1); ++k) counts.push_back(((best == k) & ~hasNan).sum());
  choices.copy_(best);
  const Tensor entropySum = (logits.is_mps() ? entropy.cpu() : entropy).sum(at::kDouble);
  return at::cat({entropySum.cpu().reshape({1}), at::stack(counts).cpu().to(at::kDouble)});
}

void sgd(at::TensorList parameters, at::TensorList momenta, at::TensorList gradients, double learningRate, double factor,
         double weightDecay) {
  TORCH_CHECK(parameters.size() == momenta.size() && parameters.size() == gradients.size(), "sgd_ needs as many momenta (",
              momenta.size(), ") and gradients (", gradients.size(), ") as parameters (", parameters.size(), ")");
  for (size_t n = 0; n < parameters.size(); ++n) {
    Tensor momentum = momenta[n], parameter = parameters[n];
    momentum.mul_(factor).add_(gradients[n]).add_(parameter, weightDecay);
    parameter.sub_(momentum, learningRate);
  }
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(weight_search, library) {
  library.def(
      "composed_sample(Tensor logits, float[] values, float temperature, float noise_scale, int seed, int step, bool hard) -> Tensor");
  library.def(
      "composed_sample_backward(Tensor grad_weight, Tensor logits, float[] values, float temperature, float noise_scale, int seed, "
      "int step) -> Tensor");
  library.def(
      "composed_logit_sgd_(Tensor(a!) logits, Tensor(b!) momentum, Tensor grad_weight, float[] values, float temperature, "
      "float noise_scale, int seed, int step, float lr, float momentum_factor, float weight_decay, Tensor(c!)? hard_weight=None) "
      "-> ()");
  library.def("composed_search_health(Tensor logits, float temperature, Tensor(a!) choices) -> Tensor");
  library.def(
      "composed_sgd_(Tensor(a!)[] parameters, Tensor(b!)[] momenta, Tensor[] gradients, float lr, float momentum_factor, "
      "float weight_decay) -> ()");
}

TORCH_LIBRARY_IMPL(weight_search, CompositeExplicitAutograd, library) {
  library.impl("sample", sample);
  library.impl("sample.out", sampleOut);
  library.impl("sample_backward", sampleBackward);
  library.impl("logit_sgd_", logitSgd);
  library.impl("search_health", searchHealth);
  library.impl("sgd_", sgd);
  library.impl("composed_sample", sample);
  library.impl("composed_sample_backward", sampleBackward);
  library.impl("composed_logit_sgd_", logitSgd);
  library.impl("composed_search_health", searchHealth);
  library.impl("composed_sgd_", sgd);
}

}  // namespace weight_search
