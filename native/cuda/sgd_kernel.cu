// Launches of SGD over many tensors: as few as their number and sizes allow.
#include "cuda/sgd_kernel.h"

#include <climits>

#include "cuda/sgd_kernel.cuh"
#include "kernels/sizes.h"

namespace weight_search {
namespace gpu {

template <typename T>
cudaError_t launchSgdTensors(const std::vector<SgdTensor<T>>& tensors, const SgdStep<T>& step, cudaStream_t stream) {
  static_assert(sizeof(SgdTensors<T>) <= 4096, "the arguments of a launch");
  SgdTensors<T> batch{};
  batch.learningRate = step.learningRate;
  batch.momentum = step.momentum;
  batch.weightDecay = step.weightDecay;
  const auto launch = [&] {
    const int blocks = batch.firstBlock[batch.count];
    if (blocks > 0) sgdTensorsKernel<T><<<static_cast<unsigned>(blocks), 256, 0, stream>>>(batch);
    batch.count = 0;
    return cudaGetLastError();
  };
  for (const SgdTensor<T>& tensor : tensors) {
    const int64_t blocks = divideUp<int64_t>(tensor.size, kChunk);
    if (blocks > INT_MAX) return cudaErrorInvalidConfiguration;
    if (batch.count == kMaxTensors || batch.firstBlock[batch.count] > INT_MAX - blocks) {
      const cudaError_t status = launch();
      if (status != cudaSuccess) return status;
    }
    batch.parameters[batch.count] = tensor.parameter;
    batch.momenta[batch.count] = tensor.momentum;
    batch.gradients[batch.count] = tensor.gradient;
    batch.sizes[batch.count] = tensor.size;
    batch.firstBlock[batch.count + 1] = batch.firstBlock[batch.count] + static_cast<int>(blocks);
    batch.count += 1;
  }
  return launch();
}

template cudaError_t launchSgdTensors<float>(const std::vector<SgdTensor<float>>&, const SgdStep<float>&, cudaStream_t);
template cudaError_t launchSgdTensors<double>(const std::vector<SgdTensor<double>>&, const SgdStep<double>&, cudaStream_t);

}  // namespace gpu
}  // namespace weight_search
