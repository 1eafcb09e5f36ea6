// The operators of search_operators.cc for CUDA, by kernels: the dispatcher prefers them to the compositions of
// search_composition.cc.
#include <ATen/ATen.h>
#include <ATen/Dispatch.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <torch/library.h>

#include <vector>

#include "cuda/search_kernels.h"
#include "operators/plain.h"
#include "operators/search_checks.h"

namespace weight_search {

namespace {

using at::ArrayRef;
using at::Tensor;

void checkDeviceDraw(const Tensor& logits, ArrayRef<double> values, double temperature, double noiseScale) {
  checkDraw(logits, values, temperature, noiseScale);
  TORCH_CHECK(values.size() <= static_cast<size_t>(gpu::kMaxValues), "a value set on CUDA has at most ", gpu::kMaxValues,
              " values, not ", values.size());
}

void checkDevice(const Tensor& logits, const Tensor& other, const char* name) {
  TORCH_CHECK(other.device() == logits.device(), name, " must be on the logits' device, ", logits.device(), ", not ", other.device());
}

// Calls launch(draw, number of weights, the current stream) with the logits' device as the current one.
template <typename T, typename Launch>
void onDevice(const Tensor& logits, ArrayRef<double> values, double temperature, double noiseScale, int64_t seed, int64_t step,
              Launch launch) {
  const c10::cuda::CUDAGuard guard(logits.device());
  const std::vector<T> typedValues(values.begin(), values.end());
  const auto valueCount = static_cast<int64_t>(values.size());
  const Draw<T> draw = {logits.data_ptr<T>(),        typedValues.data(),         valueCount,
                        static_cast<T>(temperature), static_cast<T>(noiseScale), static_cast<uint64_t>(seed),
                        static_cast<uint64_t>(step)};
  const cudaError_t status = launch(draw, logits.numel() / valueCount, c10::cuda::getCurrentCUDAStream().stream());
  C10_CUDA_CHECK(status);
}

Tensor& sampleOut(const Tensor& logitsIn, ArrayRef<double> values, double temperature, double noiseScale, int64_t seed, int64_t step,
                  bool hard, Tensor& out) {
  checkDeviceDraw(logitsIn, values, temperature, noiseScale);
  checkWeights(logitsIn, out, "out");
  checkDevice(logitsIn, out, "out");
  TORCH_CHECK(out.is_contiguous(), "out must be contiguous");
  const Tensor logits = logitsIn.contiguous();
  AT_DISPATCH_FLOATING_TYPES(logits.scalar_type(), "sample", [&] {
    onDevice<scalar_t>(logits, values, temperature, noiseScale, seed, step, [&](const auto& draw, int64_t count, cudaStream_t stream) {
      return gpu::launchSample<scalar_t>(draw, hard, out.data_ptr<scalar_t>(), count, stream);
    });
  });
  // Autograd must know: a backward pass over what `out` held before is an error.
  bumpVersion(out);
  return out;
}

Tensor sample(const Tensor& logits, ArrayRef<double> values, double temperature, double noiseScale, int64_t seed, int64_t step, bool hard) {
  checkDeviceDraw(logits, values, temperature, noiseScale);
  Tensor out = weightLike(logits);
  sampleOut(logits, values, temperature, noiseScale, seed, step, hard, out);
  return out;
}

Tensor sampleBackward(const Tensor& gradientIn, const Tensor& logitsIn, ArrayRef<double> values, double temperature, double noiseScale,
                      int64_t seed, int64_t step) {
  checkDeviceDraw(logitsIn, values, temperature, noiseScale);
  checkWeights(logitsIn, gradientIn, "grad_weight");
  checkDevice(logitsIn, gradientIn, "grad_weight");
  const Tensor logits = logitsIn.contiguous(), gradient = gradientIn.contiguous();
  Tensor out = at::empty_like(logits);
  AT_DISPATCH_FLOATING_TYPES(logits.scalar_type(), "sample_backward", [&] {
    onDevice<scalar_t>(logits, values, temperature, noiseScale, seed, step, [&](const auto& draw, int64_t count, cudaStream_t stream) {
      return gpu::launchBackward<scalar_t>(draw, gradient.data_ptr<scalar_t>(), out.data_ptr<scalar_t>(), count, stream);
    });
  });
  return out;
}

void logitSgd(Tensor& logits, Tensor& momentum, const Tensor& gradientIn, ArrayRef<double> values, double temperature, double noiseScale,
              int64_t seed, int64_t step, double learningRate, double momentumFactor, double weightDecay,
              const c10::optional<Tensor>& hardWeight) {
  checkDeviceDraw(logits, values, temperature, noiseScale);
  checkWeights(logits, gradientIn, "grad_weight");
  checkDevice(logits, gradientIn, "grad_weight");
  checkDevice(logits, momentum, "momentum");
  checkHardWeight(logits, hardWeight);
  checkUpdated(logits, momentum);
  const Tensor gradient = gradientIn.contiguous();
  const Tensor weight = hardWeight.has_value() ? *hardWeight : Tensor();
  if (weight.defined()) checkDevice(logits, weight, "hard_weight");
  AT_DISPATCH_FLOATING_TYPES(logits.scalar_type(), "logit_sgd_", [&] {
    const SgdStep<scalar_t> sgd = {static_cast<scalar_t>(learningRate), static_cast<scalar_t>(momentumFactor),
                                   static_cast<scalar_t>(weightDecay)};
    scalar_t* weights = weight.defined() ? weight.data_ptr<scalar_t>() : nullptr;
    onDevice<scalar_t>(logits, values, temperature, noiseScale, seed, step, [&](const auto& draw, int64_t count, cudaStream_t stream) {
      return gpu::launchSgd<scalar_t>(draw, sgd, gradient.data_ptr<scalar_t>(), logits.data_ptr<scalar_t>(),
                                      momentum.data_ptr<scalar_t>(), weights, count, stream);
    });
  });
  bumpVersion(logits);
  bumpVersion(momentum);
  if (weight.defined()) bumpVersion(weight);
}

}  // namespace

TORCH_LIBRARY_IMPL(weight_search, CUDA, library) {
  library.impl("sample", sample);
  library.impl("sample.out", sampleOut);
  library.impl("sample_backward", sampleBackward);
  library.impl("logit_sgd_", logitSgd);
}

}  // namespace weight_search
