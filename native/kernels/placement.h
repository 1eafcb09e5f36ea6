// Where the training images' random crops lie: the same on every device.
#pragma once

#include <cstdint>

#include "kernels/philox.h"

namespace weight_search {

// Where the crop of one sample begins in the padded image, and whether it is mirrored.
struct Placement {
  int64_t top, left;
  bool mirrored;
};

// A whole number of 0 … bound - 1.
WEIGHT_SEARCH_HOST_DEVICE inline int64_t below(uint32_t word, int64_t bound) {
  return static_cast<int64_t>((uint64_t{word} * static_cast<uint64_t>(bound)) >> 32);
}

// A function of (seed, epoch, sample) alone: batches, threads and processes do not change it.
WEIGHT_SEARCH_HOST_DEVICE inline Placement placementOf(uint64_t seed, uint64_t epoch, uint64_t sample, int64_t padding, bool flip) {
  const Words words = philox({{static_cast<uint32_t>(sample), static_cast<uint32_t>(sample >> 32), static_cast<uint32_t>(epoch),
                               static_cast<uint32_t>(epoch >> 32)}},
                             static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32));
  return {below(words.w[0], 2 * padding + 1), below(words.w[1], 2 * padding + 1), flip && (words.w[2] & 1) != 0};
}

}  // namespace weight_search
