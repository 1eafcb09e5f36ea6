// weight_search::sgd_: SGD with momentum and weight decay over a list of parameters in one call.
//   m <- mu m + (g + lambda x);  x <- x - lr m        as torch.optim.SGD, whose first step sets m to the gradient
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/library.h>

namespace weight_search {

namespace {

using at::Tensor;

template <typename T>
void update(T* parameter, T* momentum, const T* gradient, T learningRate, T factor, T weightDecay, int64_t begin, int64_t end) {
  for (int64_t i = begin; i < end; ++i) {
    momentum[i] = factor * momentum[i] + (gradient[i] + weightDecay * parameter[i]);
    parameter[i] -= learningRate * momentum[i];
  }
}

void sgd(at::TensorList parameters, at::TensorList momenta, at::TensorList gradients, double learningRate, double factor,
         double weightDecay) {
  TORCH_CHECK(parameters.size() == momenta.size() && parameters.size() == gradients.size(), "sgd_ needs as many momenta (",
              momenta.size(), ") and gradients (", gradients.size(), ") as parameters (", parameters.size(), ")");
  for (size_t n = 0; n < parameters.size(); ++n) {
    const Tensor &parameter = parameters[n], &momentum = momenta[n];
    TORCH_CHECK(parameter.sizes() == gradients[n].sizes() && parameter.scalar_type() == gradients[n].scalar_type(), "gradient ", n,
                " must have its parameter's shape and type");
    TORCH_CHECK(parameter.is_non_overlapping_and_dense() && momentum.sizes() == parameter.sizes() &&
                    momentum.strides() == parameter.strides() && momentum.scalar_type() == parameter.scalar_type(),
                "parameter and momentum ", n, " must be dense and laid out alike");
    // A convolution may return its weight's gradient in another memory format.
    const Tensor gradient = gradients[n].strides() == parameter.strides() ? gradients[n] : at::empty_like(parameter).copy_(gradients[n]);
    AT_DISPATCH_FLOATING_TYPES(parameter.scalar_type(), "sgd_", [&] {
      at::parallel_for(0, parameter.numel(), 32768, [&](int64_t begin, int64_t end) {
        update<scalar_t>(parameter.data_ptr<scalar_t>(), momentum.data_ptr<scalar_t>(), gradient.data_ptr<scalar_t>(),
                         static_cast<scalar_t>(learningRate), static_cast<scalar_t>(factor), static_cast<scalar_t>(weightDecay), begin, end);
      });
    });
    // Autograd must know: a backward pass over the parameter as it was before is an error.
    parameter.unsafeGetTensorImpl()->bump_version();
    momentum.unsafeGetTensorImpl()->bump_version();
  }
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(weight_search, library) {
  library.def(
      "sgd_(Tensor(a!)[] parameters, Tensor(b!)[] momenta, Tensor[] gradients, float lr, float momentum_factor, float weight_decay) "
      "-> ()");
}

TORCH_LIBRARY_IMPL(weight_search, CPU, library) { library.impl("sgd_", sgd); }

}  // namespace weight_search
