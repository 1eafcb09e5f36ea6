// The quantized activations of quantize_operator.cc composed of LibTorch's operators, gradients too: for devices and types without
// kernels.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/util/Exception.h>

namespace weight_search {

inline void checkPactBits(int64_t bits) { TORCH_CHECK(bits >= 2 && bits <= 8, "bits must be 2 to 8, not ", bits); }

at::Tensor composedPact(const at::Tensor& input, const at::Tensor& clip, int64_t bits, int64_t chunks);
at::Tensor composedBirealSign(const at::Tensor& input);

}  // namespace weight_search
