// Tensors that kernels of ours may read: elements in memory, each what it says.
#pragma once

#include <ATen/ATen.h>

namespace weight_search {

// LibTorch has tensors of zeros without memory, and views that stand for their negatives. Its dispatcher makes plain ones of
// them, but not for what runs in the place of autograd, as the forward part of a function with its own gradient does.
inline void checkPlain(const at::Tensor& tensor, const char* name) {
  TORCH_CHECK(!tensor._is_zerotensor() && !tensor.is_neg(), name, " must have elements of its own, not stand for zeros or negatives");
}

// Whether its elements lie in memory by strides, which LibTorch's sparse tensors and oneDNN's own layouts do not, as float32 on the
// CPU. What calls LibTorch's operators for parts of a tensor must know.
inline bool isStridedFloat(const at::Tensor& tensor) {
  return tensor.layout() == at::kStrided && tensor.is_cpu() && tensor.scalar_type() == at::kFloat;
}

}  // namespace weight_search
