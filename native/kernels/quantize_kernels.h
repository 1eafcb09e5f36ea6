// The loops of quantized activations over elements that lie one after the other; compiled twice like the search's.
#pragma once

#include <cstdint>

namespace weight_search {

struct QuantizeKernels {
  // y = round(min(max(x, 0), clip) / clip * steps) * (clip / steps) of n elements, NaN where x is; 0 for a clip of 0.
  void (*pact)(const float* x, int64_t n, float clip, float steps, float* y);
  // dx = dy where 0 <= x < clip, else 0; returns the sum of dy where x >= clip.
  double (*pactBackward)(const float* x, const float* dy, int64_t n, float clip, float* dx);
  // y = 1 where x >= 0, -1 where x < 0, NaN where x is.
  void (*sign)(const float* x, int64_t n, float* y);
  // dx = dy (2 - 2 |x|) where -1 <= x < 1, else 0.
  void (*signBackward)(const float* x, const float* dy, int64_t n, float* dx);
};

const QuantizeKernels& quantizeKernels();

}  // namespace weight_search
