// The loops of batch normalization with ReLU over rows of channels-last images; compiled twice like the search's.
#pragma once

#include <cstdint>

namespace weight_search {

constexpr int64_t kMaxNormChannels = 2048;

// Images as rows of channels, [rows, channels]: one row a pixel.
struct NormKernels {
  // Mean and sum of squared differences from it of each channel, [channels] each.
  void (*moments)(const float* x, int64_t rows, int64_t channels, double* mean, double* squares);
  // y = (x - mean) scale + bias (+ residual), of which max(y, 0) where it rectifies; residual may be null.
  void (*forward)(const float* x, const float* residual, int64_t rows, int64_t channels, const float* mean, const float* scale,
                  const float* bias, bool rectifies, float* y);
  // With g = dy where y > 0, else 0, or with g = dy where y is null, as nothing was rectified: sum g and sum g (x - mean) of each channel; g itself where masked is not null.
  void (*reduce)(const float* x, const float* y, const float* dy, int64_t rows, int64_t channels, const float* mean, double* sum,
                 double* product, float* masked);
  // With g as before: dx = g scale - (x - mean) slope - offset.
  void (*backward)(const float* x, const float* y, const float* dy, int64_t rows, int64_t channels, const float* mean,
                   const float* scale, const float* slope, const float* offset, float* dx);
};

const NormKernels& normKernels();

}  // namespace weight_search
