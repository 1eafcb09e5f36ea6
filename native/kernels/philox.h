// Philox4x32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw, "Parallel Random Numbers: As Easy as
// 1, 2, 3", SC 2011. The same counter and key always give the same four words, so noise can be made again in the
// backward pass instead of being kept, and does not depend on threads.
#pragma once

#include <cstdint>

#include "kernels/host_device.h"

namespace weight_search {

struct Words {
  uint32_t w[4];
};

WEIGHT_SEARCH_HOST_DEVICE inline Words philox(Words counter, uint32_t key0, uint32_t key1) {
  for (int round = 0; round < 10; ++round) {
    const uint64_t product0 = uint64_t{0xD2511F53} * counter.w[0];
    const uint64_t product1 = uint64_t{0xCD9E8D57} * counter.w[2];
    counter = {{static_cast<uint32_t>(product1 >> 32) ^ counter.w[1] ^ key0, static_cast<uint32_t>(product1),
                static_cast<uint32_t>(product0 >> 32) ^ counter.w[3] ^ key1, static_cast<uint32_t>(product0)}};
    key0 += 0x9E3779B9;
    key1 += 0xBB67AE85;
  }
  return counter;
}

}  // namespace weight_search
