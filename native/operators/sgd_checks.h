// What sgd_ asks of its arguments, on every device.
#pragma once

#include <ATen/ATen.h>

namespace weight_search {

inline void checkSgd(at::TensorList parameters, at::TensorList momenta, at::TensorList gradients) {
  TORCH_CHECK(parameters.size() == momenta.size() && parameters.size() == gradients.size(), "sgd_ needs as many momenta (",
              momenta.size(), ") and gradients (", gradients.size(), ") as parameters (", parameters.size(), ")");
  for (size_t n = 0; n < parameters.size(); ++n) {
    const at::Tensor &parameter = parameters[n], &momentum = momenta[n];
    TORCH_CHECK(parameter.sizes() == gradients[n].sizes() && parameter.scalar_type() == gradients[n].scalar_type(), "gradient ", n,
                " must have its parameter's shape and type");
    TORCH_CHECK(parameter.is_non_overlapping_and_dense() && momentum.sizes() == parameter.sizes() &&
                    momentum.strides() == parameter.strides() && momentum.scalar_type() == parameter.scalar_type(),
                "parameter and momentum ", n, " must be dense and laid out alike");
  }
}

// The gradient laid out as its parameter: a convolution may return its weight's in another memory format.
inline at::Tensor gradientLike(const at::Tensor& parameter, const at::Tensor& gradient) {
  return gradient.strides() == parameter.strides() ? gradient : at::empty_like(parameter).copy_(gradient);
}

}  // namespace weight_search
