// Bytes of images to the numbers that networks see.
#pragma once

#include <ATen/ATen.h>

#include <vector>

namespace weight_search {

// Of each channel c and byte b, at c * 256 + b: (b / 255 - mean_c) / std_c, rounded once. Throws where mean and deviation are not of
// `channels` numbers each.
inline std::vector<float> normalizationTable(at::ArrayRef<double> mean, at::ArrayRef<double> deviation, int64_t channels) {
  TORCH_CHECK(static_cast<int64_t>(mean.size()) == channels && static_cast<int64_t>(deviation.size()) == channels, "mean and std need ",
              channels, " numbers each");
  std::vector<float> table;
  table.reserve(mean.size() * 256);
  for (size_t c = 0; c < mean.size(); ++c) {
    for (int byte = 0; byte < 256; ++byte) {
      table.push_back(static_cast<float>((static_cast<double>(byte) / 255.0 - mean[c]) / deviation[c]));
    }
  }
  return table;
}

}  // namespace weight_search
