// SGD with momentum and weight decay over many tensors in one launch, see sgd_operator.cc: most parameters of a network are
// so small that a launch each would take longer than their arithmetic.
#pragma once

#include <cstdint>

namespace weight_search {
namespace gpu {

// Tensors of one launch, whose arguments hold 4 KiB.
constexpr int kMaxTensors = 96;
// Elements that a block works on.
constexpr int kChunk = 4096;

// Block b works on the tensor n with firstBlock[n] <= b < firstBlock[n + 1].
template <typename T>
struct SgdTensors {
  T* parameters[kMaxTensors];
  T* momenta[kMaxTensors];
  const T* gradients[kMaxTensors];
  int64_t sizes[kMaxTensors];
  int firstBlock[kMaxTensors + 1];
  int count;
  T learningRate;
  T momentum;
  T weightDecay;
};

template <typename T>
__global__ void sgdTensorsKernel(const SgdTensors<T> tensors) {
  const int block = static_cast<int>(blockIdx.x);
  int low = 0, high = tensors.count;
  while (high - low > 1) {
    const int middle = (low + high) / 2;
    if (tensors.firstBlock[middle] <= block) {
      low = middle;
    } else {
      high = middle;
    }
  }
  T* parameter = tensors.parameters[low];
  T* momentum = tensors.momenta[low];
  const T* gradient = tensors.gradients[low];
  const int64_t begin = static_cast<int64_t>(block - tensors.firstBlock[low]) * kChunk;
  const int64_t end = tensors.sizes[low] - begin < kChunk ? tensors.sizes[low] : begin + kChunk;
#pragma unroll 4
  for (int64_t i = begin + threadIdx.x; i < end; i += blockDim.x) {
    const T x = parameter[i], m = tensors.momentum * momentum[i] + (gradient[i] + tensors.weightDecay * x);
    momentum[i] = m;
    parameter[i] = x - tensors.learningRate * m;
  }
}

}  // namespace gpu
}  // namespace weight_search
