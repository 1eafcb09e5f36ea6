// Operators on batches of images: bytes to normalized floats, and rectangles set to zero.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/library.h>

#include <algorithm>

#include "images/normalization.h"

namespace weight_search {

namespace {

using at::Tensor;

// pixels uint8 [B, H, W, C] -> float32 [B, C, H, W], channels-last in memory: out = (byte / 255 - mean_c) / std_c.
Tensor normalizePixels(const Tensor& pixelsIn, at::ArrayRef<double> mean, at::ArrayRef<double> deviation) {
  TORCH_CHECK(pixelsIn.scalar_type() == at::kByte && pixelsIn.dim() == 4, "pixels must be uint8 [B, H, W, C]");
  const Tensor pixels = pixelsIn.contiguous();
  const int64_t batch = pixels.size(0), height = pixels.size(1), width = pixels.size(2), channels = pixels.size(3);
  const std::vector<float> table = normalizationTable(mean, deviation, channels);
  Tensor out = at::empty({batch, channels, height, width}, at::TensorOptions(at::kFloat).memory_format(at::MemoryFormat::ChannelsLast));
  const uint8_t* bytes = pixels.data_ptr<uint8_t>();
  float* target = out.data_ptr<float>();
  constexpr int64_t kGrain = 16384;
  at::parallel_for(0, batch * height * width, kGrain, [&](int64_t begin, int64_t end) {
    for (int64_t pixel = begin; pixel < end; ++pixel) {
      for (int64_t c = 0; c < channels; ++c) target[pixel * channels + c] = table[static_cast<size_t>(c * 256 + bytes[pixel * channels + c])];
    }
  });
  return out;
}

// images float [B, C, H, W] of any strides, rectangles int64 [R, 5] with rows (image, top, left, bottom, right): every
// channel of image[top .. bottom - 1, left .. right - 1] becomes 0. What lies outside an image is left out.
Tensor& zeroRectangles(Tensor& images, const Tensor& rectanglesIn) {
  TORCH_CHECK(images.is_floating_point() && images.dim() == 4, "images must be floating point [B, C, H, W]");
  TORCH_CHECK(rectanglesIn.scalar_type() == at::kLong && rectanglesIn.dim() == 2 && rectanglesIn.size(1) == 5,
              "rectangles must be int64 [R, 5]");
  const Tensor rectangles = rectanglesIn.contiguous();
  const int64_t* next = rectangles.data_ptr<int64_t>();
  const int64_t batch = images.size(0), height = images.size(2), width = images.size(3);
  for (int64_t r = 0; r < rectangles.size(0); ++r) {
    TORCH_CHECK(next[5 * r] >= 0 && next[5 * r] < batch, "image ", next[5 * r], " is not in 0 … ", batch - 1);
  }
  for (int64_t r = 0; r < rectangles.size(0); ++r, next += 5) {
    const int64_t top = std::clamp<int64_t>(next[1], 0, height), left = std::clamp<int64_t>(next[2], 0, width);
    const int64_t bottom = std::clamp<int64_t>(next[3], top, height), right = std::clamp<int64_t>(next[4], left, width);
    if (bottom == top || right == left) continue;
    images.select(0, next[0]).slice(1, top, bottom).slice(2, left, right).zero_();
  }
  return images;
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(weight_search, library) {
  library.def("normalize_pixels(Tensor pixels, float[] mean, float[] std) -> Tensor");
  library.def("zero_rectangles_(Tensor(a!) images, Tensor rectangles) -> Tensor(a!)");
}

TORCH_LIBRARY_IMPL(weight_search, CPU, library) {
  library.impl("normalize_pixels", normalizePixels);
  library.impl("zero_rectangles_", zeroRectangles);
}

}  // namespace weight_search
