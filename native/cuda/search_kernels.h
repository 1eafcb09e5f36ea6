// The search operator's kernels for CUDA, launched on a stream of the current device. Pointers are to the device's memory,
// but for a draw's values. What a launch gives back is CUDA's error, of earlier work too.
#pragma once

#include <cuda_runtime_api.h>

#include "kernels/search_kernels.h"

namespace weight_search {
namespace gpu {

// How many values the kernels take. They are passed with the launch, whose arguments hold 4 KiB.
constexpr int kMaxValues = 256;

// As SearchKernels' functions of these names, over the weights 0 … count - 1.
template <typename T>
cudaError_t launchSample(const Draw<T>& draw, bool hard, T* weights, int64_t count, cudaStream_t stream);
template <typename T>
cudaError_t launchBackward(const Draw<T>& draw, const T* weightGradients, T* logitGradients, int64_t count, cudaStream_t stream);
// hardWeights, where it is not null, gets the values of the greatest of the updated logits.
template <typename T>
cudaError_t launchSgd(const Draw<T>& draw, const SgdStep<T>& step, const T* weightGradients, T* logits, T* momenta, T* hardWeights,
                      int64_t count, cudaStream_t stream);

}  // namespace gpu
}  // namespace weight_search
