// weight_search::crop_flip_normalize: bytes to a training batch in one pass.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/library.h>

#include "images/normalization.h"
#include "kernels/placement.h"

namespace weight_search {

namespace {

using at::Tensor;

// So that no position overflows.
constexpr int64_t kMaxPadding = int64_t{1} << 30;

// images uint8 [N, C, H, W], indices int64 [B] -> float32 [B, C, H, W], channels-last in memory:
//   out = (byte / 255 - mean_c) / std_c of a crop H x W out of the image padded with black, mirrored half of the time.
Tensor cropFlipNormalize(const Tensor& imagesIn, const Tensor& indicesIn, at::ArrayRef<double> mean, at::ArrayRef<double> deviation,
                         int64_t padding, bool flip, int64_t seed, int64_t epoch) {
  TORCH_CHECK(imagesIn.scalar_type() == at::kByte && imagesIn.dim() == 4, "images must be uint8 [N, C, H, W]");
  TORCH_CHECK(indicesIn.scalar_type() == at::kLong && indicesIn.dim() == 1, "indices must be int64 [B]");
  TORCH_CHECK(padding >= 0 && padding <= kMaxPadding, "padding must be from 0 to ", kMaxPadding, ", not ", padding);
  const Tensor images = imagesIn.contiguous(), indices = indicesIn.contiguous();
  const int64_t count = images.size(0), channels = images.size(1), height = images.size(2), width = images.size(3);
  const int64_t batch = indices.size(0);
  const int64_t* index = indices.data_ptr<int64_t>();
  for (int64_t b = 0; b < batch; ++b) TORCH_CHECK(index[b] >= 0 && index[b] < count, "index ", index[b], " is not in 0 … ", count - 1);
  const std::vector<float> table = normalizationTable(mean, deviation, channels);
  Tensor out = at::empty({batch, channels, height, width}, at::TensorOptions(at::kFloat).memory_format(at::MemoryFormat::ChannelsLast));
  float* pixels = out.data_ptr<float>();
  const uint8_t* bytes = images.data_ptr<uint8_t>();
  at::parallel_for(0, batch, 4, [&](int64_t begin, int64_t end) {
    for (int64_t b = begin; b < end; ++b) {
      const auto [top, left, mirrored] =
          placementOf(static_cast<uint64_t>(seed), static_cast<uint64_t>(epoch), static_cast<uint64_t>(index[b]), padding, flip);
      const uint8_t* image = bytes + index[b] * channels * height * width;
      float* target = pixels + b * height * width * channels;
      for (int64_t y = 0; y < height; ++y) {
        const int64_t sourceY = y + top - padding;
        for (int64_t x = 0; x < width; ++x) {
          const int64_t sourceX = (mirrored ? width - 1 - x : x) + left - padding;
          const bool inside = sourceY >= 0 && sourceY < height && sourceX >= 0 && sourceX < width;
          for (int64_t c = 0; c < channels; ++c) {
            const uint8_t byte = inside ? image[(c * height + sourceY) * width + sourceX] : uint8_t{0};
            *target++ = table[static_cast<size_t>(c * 256 + byte)];
          }
        }
      }
    }
  });
  return out;
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(weight_search, library) {
  library.def(
      "crop_flip_normalize(Tensor images, Tensor indices, float[] mean, float[] std, int padding, bool flip, int seed, int epoch) "
      "-> Tensor");
}

TORCH_LIBRARY_IMPL(weight_search, CPU, library) { library.impl("crop_flip_normalize", cropFlipNormalize); }

}  // namespace weight_search
