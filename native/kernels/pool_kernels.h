// The loops of 2 x 2 max-pooling over the channels of one pixel; compiled for the baseline and for AVX2.
#pragma once

#include <cstdint>

namespace weight_search {

struct PoolKernels {
  // The greatest of x at 0, right, below and below + right, and which it was (0 … 3), for each channel.
  void (*forward)(const float* x, int64_t right, int64_t below, int64_t channels, float* y, uint8_t* choices);
  // dx at those four places: dy where it was chosen, else 0.
  void (*backward)(const float* dy, const uint8_t* choices, int64_t right, int64_t below, int64_t channels, float* dx);
};

const PoolKernels& poolKernels();

}  // namespace weight_search
