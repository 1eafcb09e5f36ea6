// Whether autocast is on, in all versions of LibTorch.
#pragma once

#include <ATen/autocast_mode.h>
#include <torch/version.h>

namespace weight_search {

// From 2.4 on the function takes the device; before, it was named after it.
inline bool isAutocast(bool cuda) {
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
  return at::autocast::is_autocast_enabled(cuda ? at::kCUDA : at::kCPU);
#else
  return cuda ? at::autocast::is_enabled() : at::autocast::is_cpu_enabled();
#endif
}

}  // namespace weight_search
