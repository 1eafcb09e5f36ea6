// The search operator, registered with LibTorch's dispatcher as weight_search::*.
//
// A weight is a categorical choice over values v_1 … v_K by logits a_1 … a_K:
//   p = softmax((a + s g) / t),  g ~ Gumbel(0, 1);  soft: w = sum_k p_k v_k;  hard: w = v_argmax p
//   dw/da_k = p_k (v_k - sum_j p_j v_j) / t      for both: hard is straight-through
// Yang et al., "Searching for Low-Bit Weights in Quantized Neural Networks", NeurIPS 2020.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "kernels/search_kernels.h"
#include "operators/composition.h"
#include "operators/dispatch.h"
#include "operators/plain.h"
#include "operators/search_checks.h"

namespace weight_search {

namespace {

using at::ArrayRef;
using at::Tensor;

// Calls visit(draw, begin, end) from LibTorch's threads over all weights.
template <typename T, typename Visit>
void forWeights(const Tensor& logits, ArrayRef<double> values, double temperature, double noiseScale, int64_t seed, int64_t step,
                Visit visit) {
  const std::vector<T> typedValues(values.begin(), values.end());
  const auto valueCount = static_cast<int64_t>(values.size());
  const Draw<T> draw = {logits.data_ptr<T>(),        typedValues.data(),           valueCount,
                        static_cast<T>(temperature), static_cast<T>(noiseScale),   static_cast<uint64_t>(seed),
                        static_cast<uint64_t>(step)};
  const int64_t grain = std::max<int64_t>(1, 16384 / valueCount);
  at::parallel_for(0, logits.numel() / valueCount, grain, [&](int64_t begin, int64_t end) { visit(draw, begin, end); });
}

Tensor& sampleOut(const Tensor& logitsIn, ArrayRef<double> values, double temperature, double noiseScale, int64_t seed, int64_t step,
                  bool hard, Tensor& out) {
  checkDraw(logitsIn, values, temperature, noiseScale);
  checkWeights(logitsIn, out, "out");
  TORCH_CHECK(out.is_contiguous(), "out must be contiguous");
  const Tensor logits = logitsIn.contiguous();
  AT_DISPATCH_FLOATING_TYPES(logits.scalar_type(), "sample", [&] {
    forWeights<scalar_t>(logits, values, temperature, noiseScale, seed, step, [&](const auto& draw, int64_t begin, int64_t end) {
      searchKernels<scalar_t>().sample(draw, hard, out.data_ptr<scalar_t>(), begin, end);
    });
  });
  // Autograd must know: a backward pass over what `out` held before is an error.
  bumpVersion(out);
  return out;
}

Tensor sample(const Tensor& logits, ArrayRef<double> values, double temperature, double noiseScale, int64_t seed, int64_t step, bool hard) {
  checkDraw(logits, values, temperature, noiseScale);
  Tensor out = weightLike(logits);
  sampleOut(logits, values, temperature, noiseScale, seed, step, hard, out);
  return out;
}

Tensor sampleBackward(const Tensor& gradientIn, const Tensor& logitsIn, ArrayRef<double> values, double temperature, double noiseScale,
                      int64_t seed, int64_t step) {
  checkDraw(logitsIn, values, temperature, noiseScale);
  checkWeights(logitsIn, gradientIn, "grad_weight");
  const Tensor logits = logitsIn.contiguous(), gradient = gradientIn.contiguous();
  Tensor out = at::empty_like(logits);
  AT_DISPATCH_FLOATING_TYPES(logits.scalar_type(), "sample_backward", [&] {
    forWeights<scalar_t>(logits, values, temperature, noiseScale, seed, step, [&](const auto& draw, int64_t begin, int64_t end) {
      searchKernels<scalar_t>().backward(draw, gradient.data_ptr<scalar_t>(), out.data_ptr<scalar_t>(), begin, end);
    });
  });
  return out;
}

void logitSgd(Tensor& logits, Tensor& momentum, const Tensor& gradientIn, ArrayRef<double> values, double temperature, double noiseScale,
              int64_t seed, int64_t step, double learningRate, double momentumFactor, double weightDecay,
              const c10::optional<Tensor>& hardWeight) {
  checkDraw(logits, values, temperature, noiseScale);
  checkWeights(logits, gradientIn, "grad_weight");
  checkHardWeight(logits, hardWeight);
  checkUpdated(logits, momentum);
  const bool drawsNext = hardWeight.has_value() && hardWeight->defined();
  const Tensor gradient = gradientIn.contiguous();
  AT_DISPATCH_FLOATING_TYPES(logits.scalar_type(), "logit_sgd_", [&] {
    const SgdStep<scalar_t> sgd = {static_cast<scalar_t>(learningRate), static_cast<scalar_t>(momentumFactor),
                                   static_cast<scalar_t>(weightDecay)};
    forWeights<scalar_t>(logits, values, temperature, noiseScale, seed, step, [&](const auto& draw, int64_t begin, int64_t end) {
      searchKernels<scalar_t>().sgd(draw, sgd, gradient.data_ptr<scalar_t>(), logits.data_ptr<scalar_t>(), momentum.data_ptr<scalar_t>(),
                                    drawsNext ? hardWeight->data_ptr<scalar_t>() : nullptr, begin, end);
    });
  });
  bumpVersion(logits);
  bumpVersion(momentum);
  if (drawsNext) bumpVersion(*hardWeight);
}

// The differentiable form: weight_search::sample where a gradient is recorded.
class SampleFunction : public torch::autograd::Function<SampleFunction> {
 public:
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& logits, ArrayRef<double> values, double temperature,
                        double noiseScale, int64_t seed, int64_t step, bool hard) {
    context->save_for_backward({logits});
    context->saved_data["values"] = values.vec();
    context->saved_data["temperature"] = temperature;
    context->saved_data["noise_scale"] = noiseScale;
    context->saved_data["seed"] = seed;
    context->saved_data["step"] = step;
    const at::AutoDispatchBelowADInplaceOrView below;
    // Through the dispatcher: another device has another implementation.
    static const auto handle = operatorNamed<Tensor(const Tensor&, ArrayRef<double>, double, double, int64_t, int64_t, bool)>(
        "weight_search::sample");
    return handle.call(logits, values, temperature, noiseScale, seed, step, hard);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context, torch::autograd::variable_list gradients) {
    auto& saved = context->saved_data;
    const auto values = saved["values"].toDoubleVector();
    static const auto handle = operatorNamed<Tensor(const Tensor&, const Tensor&, ArrayRef<double>, double, double, int64_t, int64_t)>(
        "weight_search::sample_backward");
    const Tensor gradient = handle.call(gradients[0], context->get_saved_variables()[0], values, saved["temperature"].toDouble(),
                                        saved["noise_scale"].toDouble(), saved["seed"].toInt(), saved["step"].toInt());
    return {gradient, Tensor(), Tensor(), Tensor(), Tensor(), Tensor(), Tensor()};
  }
};

Tensor sampleAutograd(const Tensor& logits, ArrayRef<double> values, double temperature, double noiseScale, int64_t seed, int64_t step,
                      bool hard) {
  return SampleFunction::apply(logits, values, temperature, noiseScale, seed, step, hard);
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(weight_search, library) {
  defineComposed(library,
                 "sample(Tensor logits, float[] values, float temperature, float noise_scale, int seed, int step, bool hard) -> Tensor");
  library.def(
      "sample.out(Tensor logits, float[] values, float temperature, float noise_scale, int seed, int step, bool hard, *, "
      "Tensor(a!) out) -> Tensor(a!)");
  defineComposed(library,
                 "sample_backward(Tensor grad_weight, Tensor logits, float[] values, float temperature, float noise_scale, int seed, "
                 "int step) -> Tensor");
  defineComposed(library,
                 "logit_sgd_(Tensor(a!) logits, Tensor(b!) momentum, Tensor grad_weight, float[] values, float temperature, "
                 "float noise_scale, int seed, int step, float lr, float momentum_factor, float weight_decay, "
                 "Tensor(c!)? hard_weight=None) -> ()");
}

TORCH_LIBRARY_IMPL(weight_search, CPU, library) {
  library.impl("sample", sample);
  library.impl("sample.out", sampleOut);
  library.impl("sample_backward", sampleBackward);
  library.impl("logit_sgd_", logitSgd);
}

TORCH_LIBRARY_IMPL(weight_search, Autograd, library) { library.impl("sample", sampleAutograd); }

}  // namespace weight_search
