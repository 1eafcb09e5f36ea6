// weight_search::sgd_ for CUDA, see sgd_operator.cc of the folder above.
#include <ATen/ATen.h>
#include <ATen/Dispatch.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <torch/library.h>

#include <vector>

#include "cuda/sgd_kernel.h"

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
  TORCH_CHECK(parameters.size() == momenta.size() && parameters.size() == gradientsIn.size(), "sgd_ needs as many momenta (",
              momenta.size(), ") and gradients (", gradientsIn.size(), ") as parameters (", parameters.size(), ")");
  if (parameters.empty()) return;
  const c10::Device device = parameters[0].device();
  const c10::cuda::CUDAGuard guard(device);
  std::vector<Tensor> gradients;
  for (size_t n = 0; n < parameters.size(); ++n) {
    const Tensor &parameter = parameters[n], &momentum = momenta[n], &gradient = gradientsIn[n];
    TORCH_CHECK(parameter.scalar_type() == at::kFloat || parameter.scalar_type() == at::kDouble, "parameter ", n,
                " must be float32 or float64, not ", parameter.scalar_type());
    TORCH_CHECK(parameter.sizes() == gradient.sizes() && parameter.scalar_type() == gradient.scalar_type(), "gradient ", n,
                " must have its parameter's shape and type");
    TORCH_CHECK(parameter.is_non_overlapping_and_dense() && momentum.sizes() == parameter.sizes() &&
                    momentum.strides() == parameter.strides() && momentum.scalar_type() == parameter.scalar_type(),
                "parameter and momentum ", n, " must be dense and laid out alike");
    TORCH_CHECK(parameter.device() == device && momentum.device() == device && gradient.device() == device, "parameter ", n,
                ", its momentum and its gradient must be on ", device);
    // A convolution may return its weight's gradient in another memory format.
    gradients.push_back(gradient.strides() == parameter.strides() ? gradient : at::empty_like(parameter).copy_(gradient));
  }
  stepType<float>(parameters, momenta, gradients, learningRate, factor, weightDecay);
  stepType<double>(parameters, momenta, gradients, learningRate, factor, weightDecay);
  // Autograd must know: a backward pass over the parameters as they were before is an error.
  for (size_t n = 0; n < parameters.size(); ++n) {
    parameters[n].unsafeGetTensorImpl()->bump_version();
    momenta[n].unsafeGetTensorImpl()->bump_version();
  }
}

}  // namespace

TORCH_LIBRARY_IMPL(weight_search, CUDA, library) { library.impl("sgd_", sgd); }

}  // namespace weight_search
