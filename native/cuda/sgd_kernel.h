// SGD over many tensors, launched on a stream of the current device.
#pragma once

#include <cuda_runtime_api.h>

#include <vector>

#include "kernels/search_kernels.h"

namespace weight_search {
namespace gpu {

// Arrays in the device's memory, of `size` elements each.
template <typename T>
struct SgdTensor {
  T* parameter;
  T* momentum;
  const T* gradient;
  int64_t size;
};

template <typename T>
cudaError_t launchSgdTensors(const std::vector<SgdTensor<T>>& tensors, const SgdStep<T>& step, cudaStream_t stream);

}  // namespace gpu
}  // namespace weight_search
