// The launch of the augmentation.
#include "cuda/augment_kernel.h"

#include <climits>

#include "cuda/augment_kernel.cuh"
#include "kernels/sizes.h"

namespace weight_search {
namespace gpu {

cudaError_t launchAugment(const Augmentation& options, const uint8_t* images, const int64_t* indices, int64_t batch, float* pixels,
                          cudaStream_t stream) {
  constexpr int64_t threads = 256;
  const int64_t blocks = divideUp(batch * options.height * options.width, threads);
  if (blocks == 0) return cudaSuccess;
  if (blocks > INT_MAX) return cudaErrorInvalidConfiguration;
  augmentKernel<<<static_cast<unsigned>(blocks), static_cast<unsigned>(threads), 0, stream>>>(options, images, indices, batch, pixels);
  return cudaGetLastError();
}

}  // namespace gpu
}  // namespace weight_search
