// The loops of resampling over pixels of four bytes; compiled twice like the search's.
#pragma once

#include <cstdint>

// Here, since the .inl is included inside namespaces.
#ifdef __AVX2__
#include <immintrin.h>
#endif

namespace weight_search {

// The taps of every output position along one axis: output i is the sum over t < count[i] of
// weight[i * stride + t] * input[first[i] + t], weights being multiples of 2^-kWeightBits.
struct Taps {
  const int32_t* first;
  const int32_t* count;
  const int32_t* weight;
  int64_t stride;
};

// Weights may exceed 1 and be negative, bytes are below 2^8, and sums are 32 bits.
constexpr int kWeightBits = 32 - 8 - 2;

struct ResampleKernels {
  // One row of `size` pixels from a row of input pixels, along it.
  void (*row)(const uint32_t* input, const Taps& taps, int64_t size, uint32_t* output);
  // Four rows at once, `inputStride` and `outputStride` pixels apart.
  void (*fourRows)(const uint32_t* input, int64_t inputStride, const Taps& taps, int64_t size, uint32_t* output,
                   int64_t outputStride);
  // Output row `index` of `width` pixels across input rows that lie `width` pixels apart.
  void (*across)(const uint32_t* input, const Taps& taps, int64_t index, int64_t width, uint32_t* output);
};

const ResampleKernels& resampleKernels();

}  // namespace weight_search
