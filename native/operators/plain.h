// Tensors that kernels may read: elements in memory, each what it says.
#pragma once

#include <ATen/ATen.h>

namespace weight_search {

// LibTorch has tensors of zeros without memory, and views that stand for their negatives. Its dispatcher makes plain ones of
// them, but not for what runs in the place of autograd, as the forward part of a function with its own gradient does.
inline void checkPlain(const at::Tensor& tensor, const char* name) {
  TORCH_CHECK(!tensor._is_zerotensor() && !tensor.is_neg(), name, " must have elements of its own, not stand for zeros or negatives");
}

// Whether its elements lie in memory by strides, which LibTorch's sparse tensors and oneDNN's own layouts do not, as float32 on the
// CPU.
inline bool isStridedFloat(const at::Tensor& tensor) {
  return tensor.layout() == at::kStrided && tensor.is_cpu() && tensor.scalar_type() == at::kFloat;
}

// Whether kernels for images take it: float32 [N, C, H, W] on the CPU, channels-last in memory.
inline bool isFusable(const at::Tensor& images) {
  return isStridedFloat(images) && images.dim() == 4 && images.is_contiguous(at::MemoryFormat::ChannelsLast);
}

// To be called for each tensor that a kernel has written to: autograd must know, as must whoever looks at versions.
inline void bumpVersion(const at::Tensor& tensor) { tensor.unsafeGetTensorImpl()->bump_version(); }

}  // namespace weight_search
