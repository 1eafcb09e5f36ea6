// Whether the kernels compiled for AVX2 may run here.
#pragma once

#include <cstdlib>

namespace weight_search {

inline bool useAvx2Kernels() {
#ifdef HAVE_AVX2_KERNELS
  static const bool use =
      __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && !std::getenv("WEIGHT_SEARCH_BASELINE_KERNELS");
  return use;
#else
  return false;
#endif
}

}  // namespace weight_search
