#include "images/resample.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "images/pixels.h"
#include "images/resample_kernels.h"

namespace weight_search {

namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr int64_t kMaxLength = int64_t{1} << 30;
// Weights of one axis: a gigabyte's worth would only come of sizes nobody means.
constexpr int64_t kMaxWeights = int64_t{1} << 26;
// Of the absolute weights of one pixel: bytes times them, and the half that rounds, stay below 2^31.
constexpr int64_t kMaxWeightSum = ((int64_t{1} << 31) - 1 - (1 << (kWeightBits - 1))) / 255;

double box(double x) { return x > -0.5 && x <= 0.5 ? 1.0 : 0.0; }

double triangle(double x) { return std::max(0.0, 1.0 - std::abs(x)); }

double hamming(double x) {
  x = std::abs(x);
  if (x == 0.0) return 1.0;
  if (x >= 1.0) return 0.0;
  x *= kPi;
  // Its two numbers as Pillow has them, in single precision: they move a byte in a million.
  return std::sin(x) / x * (double{0.54f} + double{0.46f} * std::cos(x));
}

// Keys's cubic convolution with a = -1/2.
double cubic(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1.0) return ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0;
  if (x < 2.0) return (((x - 5.0) * x + 8.0) * x - 4.0) * a;
  return 0.0;
}

double sinc(double x) {
  if (x == 0.0) return 1.0;
  x *= kPi;
  return std::sin(x) / x;
}

double lanczos3(double x) { return x >= -3.0 && x < 3.0 ? sinc(x) * sinc(x / 3.0) : 0.0; }

struct Kernel {
  double (*value)(double);
  double radius;
};

Kernel kernelOf(Filter filter) {
  switch (filter) {
    case Filter::kBox:
      return {box, 0.5};
    case Filter::kBilinear:
      return {triangle, 1.0};
    case Filter::kHamming:
      return {hamming, 1.0};
    case Filter::kBicubic:
      return {cubic, 2.0};
    case Filter::kLanczos:
      return {lanczos3, 3.0};
    default:
      throw std::runtime_error("unknown filter " + std::to_string(static_cast<int>(filter)));
  }
}

void check(const ResampleAxis& axis) {
  const bool sensible = axis.length >= 1 && axis.length <= kMaxLength && std::abs(axis.offset) <= kMaxLength && axis.size >= 1 &&
                        axis.size <= kMaxLength && axis.first >= 0 && axis.count >= 1 && axis.first <= axis.size - axis.count &&
                        axis.end > axis.begin && std::abs(axis.begin) <= kMaxLength && std::abs(axis.end) <= kMaxLength;
  if (!sensible) throw std::runtime_error("the sizes of an axis are not sensible");
}

// The taps of an axis with the memory they are in.
struct OwnedTaps {
  std::vector<int32_t> first, count, weight;
  int64_t stride = 0;

  Taps view() const { return {first.data(), count.data(), weight.data(), stride}; }
};

OwnedTaps tapsOf(const ResampleAxis& axis, const Kernel& kernel) {
  const double scale = (axis.end - axis.begin) / static_cast<double>(axis.size);
  const double stretch = std::max(scale, 1.0), radius = kernel.radius * stretch;
  OwnedTaps taps;
  taps.stride = std::min(static_cast<int64_t>(std::ceil(radius)) * 2 + 1, axis.length);
  if (axis.count > kMaxWeights / taps.stride) throw std::runtime_error("a resampling needs too many weights");
  taps.first.resize(static_cast<size_t>(axis.count));
  taps.count.resize(static_cast<size_t>(axis.count));
  taps.weight.resize(static_cast<size_t>(axis.count * taps.stride));
  std::vector<double> exact(static_cast<size_t>(taps.stride));
  for (int64_t i = 0; i < axis.count; ++i) {
    const double centre = axis.begin + (static_cast<double>(axis.first + i) + 0.5) * scale;
    // Pixels whose middle is within the radius, ties as Pillow takes them; then those at hand.
    const auto begin = std::max(static_cast<int64_t>(centre - radius + 0.5), axis.offset);
    const auto end = std::min(static_cast<int64_t>(centre + radius + 0.5), axis.offset + axis.length);
    const int64_t count = std::min(end - begin, taps.stride);
    if (count < 1) throw std::runtime_error("a wanted pixel has none of its input at hand");
    double sum = 0, absolute = 0;
    for (int64_t t = 0; t < count; ++t) {
      exact[static_cast<size_t>(t)] = kernel.value((static_cast<double>(begin + t) - centre + 0.5) * (1.0 / stretch));
      sum += exact[static_cast<size_t>(t)];
      absolute += std::abs(exact[static_cast<size_t>(t)]);
    }
    // At an edge of the image it is 1.6 at most.
    if (absolute > 2.0 * std::abs(sum)) throw std::runtime_error("a wanted pixel has too little of its input at hand");
    int64_t rounded = 0;
    for (int64_t t = 0; t < count; ++t) {
      double weight = exact[static_cast<size_t>(t)];
      if (sum != 0.0) weight /= sum;
      weight *= 1 << kWeightBits;
      const auto whole = static_cast<int32_t>(weight < 0 ? weight - 0.5 : weight + 0.5);
      taps.weight[static_cast<size_t>(i * taps.stride + t)] = whole;
      rounded += std::abs(whole);
    }
    // Sums of bytes must not leave 32 bits: those of millions of taps, each rounded up, could.
    if (rounded > kMaxWeightSum) throw std::runtime_error("a wanted pixel is the sum of too many");
    taps.first[static_cast<size_t>(i)] = static_cast<int32_t>(begin - axis.offset);
    taps.count[static_cast<size_t>(i)] = static_cast<int32_t>(count);
  }
  return taps;
}

// The output equals that part of the input: nothing to compute.
bool isCopy(const ResampleAxis& axis) {
  return axis.begin == 0.0 && axis.end == static_cast<double>(axis.size) && axis.first >= axis.offset &&
         axis.first + axis.count <= axis.offset + axis.length;
}

// rows [rows, horizontal.length] -> output [rows, horizontal.count]
void alongRows(const uint32_t* input, int64_t rows, const ResampleAxis& axis, const Kernel& kernel, uint32_t* output) {
  if (isCopy(axis)) {
    for (int64_t y = 0; y < rows; ++y) {
      std::memcpy(output + y * axis.count, input + y * axis.length + (axis.first - axis.offset),
                  static_cast<size_t>(axis.count) * sizeof(uint32_t));
    }
    return;
  }
  const OwnedTaps owned = tapsOf(axis, kernel);
  const Taps taps = owned.view();
  const ResampleKernels& kernels = resampleKernels();
  int64_t y = 0;
  for (; y + 4 <= rows; y += 4) {
    kernels.fourRows(input + y * axis.length, axis.length, taps, axis.count, output + y * axis.count, axis.count);
  }
  for (; y < rows; ++y) kernels.row(input + y * axis.length, taps, axis.count, output + y * axis.count);
}

// The input pixel of each wanted output pixel. Positions are added up one by one, as Pillow does: it rounds so.
std::vector<int64_t> nearestOf(const ResampleAxis& axis) {
  const double scale = (axis.end - axis.begin) / static_cast<double>(axis.size);
  std::vector<int64_t> nearest(static_cast<size_t>(axis.count));
  double position = axis.begin + scale * 0.5;
  for (int64_t i = 0; i < axis.first + axis.count; ++i) {
    if (i >= axis.first) {
      const int64_t pixel = static_cast<int64_t>(std::floor(position)) - axis.offset;
      nearest[static_cast<size_t>(i - axis.first)] = std::clamp<int64_t>(pixel, 0, axis.length - 1);
    }
    position += scale;
  }
  return nearest;
}

void takeNearest(const uint32_t* input, const ResampleAxis& horizontal, const ResampleAxis& vertical, uint32_t* output) {
  const std::vector<int64_t> columns = nearestOf(horizontal);
  for (const int64_t y : nearestOf(vertical)) {
    const uint32_t* row = input + y * horizontal.length;
    for (const int64_t x : columns) *output++ = row[x];
  }
}

}  // namespace

void resample(const uint32_t* input, const ResampleAxis& horizontal, const ResampleAxis& vertical, Filter filter, uint32_t* output) {
  check(horizontal);
  check(vertical);
  if (filter == Filter::kNearest) return takeNearest(input, horizontal, vertical, output);
  const Kernel kernel = kernelOf(filter);
  if (isCopy(vertical)) {
    const uint32_t* wanted = input + (vertical.first - vertical.offset) * horizontal.length;
    return alongRows(wanted, vertical.count, horizontal, kernel, output);
  }
  OwnedTaps owned = tapsOf(vertical, kernel);
  // Only the rows that some output row looks at.
  int64_t top = vertical.length, bottom = 0;
  for (size_t i = 0; i < owned.first.size(); ++i) {
    top = std::min<int64_t>(top, owned.first[i]);
    bottom = std::max<int64_t>(bottom, int64_t{owned.first[i]} + owned.count[i]);
  }
  if (bottom - top > kMaxPixels / horizontal.count) {
    throw std::runtime_error("resampling along rows first would make " + std::to_string(bottom - top) + " x " +
                             std::to_string(horizontal.count) + " pixels, more than " + std::to_string(kMaxPixels));
  }
  for (int32_t& first : owned.first) first -= static_cast<int32_t>(top);
  std::vector<uint32_t> rows(static_cast<size_t>((bottom - top) * horizontal.count));
  alongRows(input + top * horizontal.length, bottom - top, horizontal, kernel, rows.data());
  const Taps taps = owned.view();
  const ResampleKernels& kernels = resampleKernels();
  for (int64_t y = 0; y < vertical.count; ++y) {
    kernels.across(rows.data(), taps, y, horizontal.count, output + y * horizontal.count);
  }
}

}  // namespace weight_search
