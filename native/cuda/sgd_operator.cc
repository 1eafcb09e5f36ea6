// weight_search::sgd_ for CUDA, see operators/sgd_operator.cc.
#include <ATen/ATen.h>
#include <ATen/Dispatch.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <torch/library.h>

#include <vector>

#include "cuda/sgd_kernel.h"
#include "operators/plain.h"
#include "operators/sgd_checks.h"

namespace weight_search {

namespace {

using at::Tensor;

// Steps those of the parameters that are of one type.
template <typename T>
void stepType(at::TensorList parameters, at::TensorList momenta, const std::vector<Tensor>& gradients, double learningRate, double factor,
              double weightDecay) {
  std::vector<gpu::SgdTensor<T>> tensors;
  for (size_t n = 0; n < parameters.size(); ++n) {
    if (parameters[n].scalar_type() != c10::CppTypeToScalarType<T>::value || parameters[n].numel() == 0) continue;
    tensors.push_back({parameters[n].data_ptr<T>(), momenta[n].data_ptr<T>(), gradients[n].data_ptr<T>(), parameters[n].numel()});
  }
  if (tensors.empty()) return;
  const SgdStep<T> step = {static_cast<T>(learningRate), static_cast<T>(factor), static_cast<T>(weightDecay)};
  const cudaError_t status = gpu::launchSgdTensors<T>(tensors, step, c10::cuda::getCurrentCUDAStream().stream());
  C10_CUDA_CHECK(status);
}

void sgd(at::TensorList parameters, at::TensorList momenta, at::TensorList gradientsIn, double learningRate, double factor,
         double weightDecay) {
  checkSgd(parameters, momenta, gradientsIn);
  if (parameters.empty()) return;
  const c10::Device device = parameters[0].device();
  const c10::cuda::CUDAGuard guard(device);
  std::vector<Tensor> gradients;
  for (size_t n = 0; n < parameters.size(); ++n) {
    const Tensor &parameter = parameters[n], &momentum = momenta[n], &gradient = gradientsIn[n];
    TORCH_CHECK(parameter.scalar_type() == at::kFloat || parameter.scalar_type() == at::kDouble, "parameter ", n,
                " must be float32 or float64, not ", parameter.scalar_type());
    TORCH_CHECK(parameter.device() == device && momentum.device() == device && gradient.device() == device, "parameter ", n,
                ", its momentum and its gradient must be on ", device);
    gradients.push_back(gradientLike(parameter, gradient));
  }
  stepType<float>(parameters, momenta, gradients, learningRate, factor, weightDecay);
  stepType<double>(parameters, momenta, gradients, learningRate, factor, weightDecay);
  // Autograd must know: a backward pass over the parameters as they were before is an error.
  for (size_t n = 0; n < parameters.size(); ++n) {
    bumpVersion(parameters[n]);
    bumpVersion(momenta[n]);
  }
}

}  // namespace

TORCH_LIBRARY_IMPL(weight_search, CUDA, library) { library.impl("sgd_", sgd); }

}  // namespace weight_search
