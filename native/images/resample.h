// Pillow's resampling of 8-bit pixels.
#pragma once

#include <cstdint>

namespace weight_search {

// By Pillow's numbers (Image.Resampling).
enum class Filter { kNearest = 0, kLanczos = 1, kBilinear = 2, kBicubic = 3, kBox = 4, kHamming = 5 };

// Where the input and the output lie along one axis. Positions count in input pixels, so pixel p spans [p, p + 1].
struct ResampleAxis {
  // The input at hand: pixels offset … offset + length - 1. Taps outside it are dropped.
  int64_t offset, length;
  // The whole output, `size` pixels, spans [begin, end] of the input.
  double begin, end;
  int64_t size;
  // The part of the output that is wanted: pixels first … first + count - 1.
  int64_t first, count;
};

// input [vertical.length, horizontal.length] -> output [vertical.count, horizontal.count], pixels of four bytes:
//   out_i = sum_p w_ip in_p,  w_ip = f((p + 1/2 - c_i) / s) / sum_q f((q + 1/2 - c_i) / s),
//   c_i = begin + (i + 1/2) (end - begin) / size,  s = max((end - begin) / size, 1),
// along rows first, rounded to bytes, then along columns; f is the filter, wide enough to cover a whole output pixel when
// the image shrinks (no aliasing). kNearest takes the pixel that c_i lies in. The same bits as Pillow 9 to 11 where the
// input at hand is the whole input or holds all that the wanted part needs.
// Throws std::runtime_error for sizes that are not sensible.
void resample(const uint32_t* input, const ResampleAxis& horizontal, const ResampleAxis& vertical, Filter filter, uint32_t* output);

}  // namespace weight_search
