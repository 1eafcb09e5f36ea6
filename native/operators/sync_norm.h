// Batch normalization over the images of a group of processes, composed of LibTorch's operators; see sync_norm_operator.cc.
#pragma once

#include <ATen/core/Tensor.h>

namespace weight_search {

at::Tensor syncBatchNorm(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias, const at::Tensor& runningMean,
                         const at::Tensor& runningVar, double momentum, double epsilon, int64_t group);

}  // namespace weight_search
