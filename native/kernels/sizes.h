// Units of memory and rounding of counts.
#pragma once

#include <cstdint>

namespace weight_search {

constexpr int64_t kKiB = 1024;
constexpr int64_t kMiB = 1024 * kKiB;
constexpr int64_t kGiB = 1024 * kMiB;

// ceil(n / divisor), n >= 0.
template <typename Integer>
constexpr Integer divideUp(Integer n, Integer divisor) {
  return (n + divisor - 1) / divisor;
}

// The smallest multiple of `unit` that is at least n >= 0.
template <typename Integer>
constexpr Integer roundUp(Integer n, Integer unit) {
  return divideUp(n, unit) * unit;
}

}  // namespace weight_search
