// weight_search::sgd_: SGD with momentum and weight decay over a list of parameters in one call.
//   m <- mu m + (g + lambda x);  x <- x - lr m        as torch.optim.SGD, whose first step sets m to the gradient
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/library.h>

#include "operators/composition.h"
#include "operators/plain.h"
#include "operators/sgd_checks.h"

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
  checkSgd(parameters, momenta, gradients);
  for (size_t n = 0; n < parameters.size(); ++n) {
    const Tensor &parameter = parameters[n], &momentum = momenta[n], gradient = gradientLike(parameter, gradients[n]);
    AT_DISPATCH_FLOATING_TYPES(parameter.scalar_type(), "sgd_", [&] {
      at::parallel_for(0, parameter.numel(), 32768, [&](int64_t begin, int64_t end) {
        update<scalar_t>(parameter.data_ptr<scalar_t>(), momentum.data_ptr<scalar_t>(), gradient.data_ptr<scalar_t>(),
                         static_cast<scalar_t>(learningRate), static_cast<scalar_t>(factor), static_cast<scalar_t>(weightDecay), begin, end);
      });
    });
    // Autograd must know: a backward pass over the parameter as it was before is an error.
    bumpVersion(parameter);
    bumpVersion(momentum);
  }
}

void composedSgd(at::TensorList parameters, at::TensorList momenta, at::TensorList gradients, double learningRate, double factor,
         double weightDecay) {
  checkSgd(parameters, momenta, gradients);
  for (size_t n = 0; n < parameters.size(); ++n) {
    Tensor momentum = momenta[n], parameter = parameters[n];
    momentum.mul_(factor).add_(gradients[n]).add_(parameter, weightDecay);
    parameter.sub_(momentum, learningRate);
  }
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(weight_search, library) {
  defineComposed(library,
                 "sgd_(Tensor(a!)[] parameters, Tensor(b!)[] momenta, Tensor[] gradients, float lr, float momentum_factor, "
                 "float weight_decay) -> ()");
}

TORCH_LIBRARY_IMPL(weight_search, CPU, library) { library.impl("sgd_", sgd); }

TORCH_LIBRARY_IMPL(weight_search, CompositeExplicitAutograd, library) { implementComposed(library, "sgd_", composedSgd); }

}  // namespace weight_search
