// Bytes to a training batch, launched on a stream of the current device.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

namespace weight_search {
namespace gpu {

// Means and deviations are handed over with the launch.
constexpr int kMaxChannels = 16;

struct Augmentation {
  int64_t count, channels, height, width, padding;
  uint64_t seed, epoch;
  bool flip;
  double mean[kMaxChannels], deviation[kMaxChannels];
};

// images uint8 [count, channels, height, width], indices [batch] -> pixels [batch, height, width, channels].
cudaError_t launchAugment(const Augmentation& options, const uint8_t* images, const int64_t* indices, int64_t batch, float* pixels,
                          cudaStream_t stream);

}  // namespace gpu
}  // namespace weight_search
