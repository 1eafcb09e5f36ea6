// Bytes to a training batch, see augment_operator.cc. One thread prepares one pixel.
#pragma once

#include <cmath>
#include <cstdint>

#include "cuda/augment_kernel.h"
#include "kernels/placement.h"

namespace weight_search {
namespace gpu {

// images [count, channels, height, width], indices [batch] -> pixels [batch, height, width, channels]. An index that is none
// gives NaN, which the loss shows: to tell of it here, the host would have to wait.
static __global__ void augmentKernel(const Augmentation options, const uint8_t* images, const int64_t* indices, int64_t batch,
                                     float* pixels) {
  const int64_t plane = options.height * options.width;
  const int64_t pixel = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (pixel >= batch * plane) return;
  const int64_t index = indices[pixel / plane], y = pixel % plane / options.width, x = pixel % options.width;
  float* out = pixels + pixel * options.channels;
  if (index < 0 || index >= options.count) {
    for (int64_t c = 0; c < options.channels; ++c) out[c] = NAN;
    return;
  }
  const Placement place = placementOf(options.seed, options.epoch, static_cast<uint64_t>(index), options.padding, options.flip);
  const int64_t fromY = y + place.top - options.padding;
  const int64_t fromX = (place.mirrored ? options.width - 1 - x : x) + place.left - options.padding;
  const bool inside = fromY >= 0 && fromY < options.height && fromX >= 0 && fromX < options.width;
  const uint8_t* image = images + index * options.channels * plane + fromY * options.width + fromX;
  for (int64_t c = 0; c < options.channels; ++c) {
    const uint8_t byte = inside ? image[c * plane] : uint8_t{0};
    out[c] = static_cast<float>((static_cast<double>(byte) / 255.0 - options.mean[c]) / options.deviation[c]);
  }
}

}  // namespace gpu
}  // namespace weight_search
