// How precisely devices multiply: TF32 on CUDA, and autocast to bfloat16.
#include <ATen/ATen.h>
#include <torch/version.h>

#include "bridge/addon.h"
#include "bridge/autocast.h"

namespace weight_search {

namespace {

// From 2.4 on these functions take the device; before, they were named after it.
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
void enableAutocast(bool cuda, bool enabled) {
  if (enabled) at::autocast::set_autocast_dtype(cuda ? at::kCUDA : at::kCPU, at::kBFloat16);
  at::autocast::set_autocast_enabled(cuda ? at::kCUDA : at::kCPU, enabled);
}
#else
void enableAutocast(bool cuda, bool enabled) {
  if (cuda) {
    if (enabled) at::autocast::set_autocast_gpu_dtype(at::kBFloat16);
    at::autocast::set_enabled(enabled);
  } else {
    if (enabled) at::autocast::set_autocast_cpu_dtype(at::kBFloat16);
    at::autocast::set_cpu_enabled(enabled);
  }
}
#endif

// allowTf32(allowed): whether cuBLAS and cuDNN may round the factors of float32 products to TF32's 10 bits.
Napi::Value allowTf32(const Napi::CallbackInfo& info) {
  const bool allowed = booleanArgument(info, 0, "allowed");
  at::globalContext().setAllowTF32CuBLAS(allowed);
  at::globalContext().setAllowTF32CuDNN(allowed);
  return info.Env().Undefined();
}

// setAutocast("cpu" or "cuda", enabled): for this thread, to bfloat16; returns what was in force.
Napi::Value setAutocast(const Napi::CallbackInfo& info) {
  const std::string device = stringArgument(info, 0, "device");
  const bool enabled = booleanArgument(info, 1, "enabled");
  if (device != "cpu" && device != "cuda") throw ArgumentError("argument 'device': expected cpu or cuda but received '" + device + "'");
  const bool cuda = device == "cuda", before = isAutocast(cuda);
  enableAutocast(cuda, enabled);
  // Weights are rounded once and kept; when they are used next, they will have changed.
  if (!enabled) at::autocast::clear_cache();
  return Napi::Boolean::New(info.Env(), before);
}

}  // namespace

void exportPrecision(Exports& exports) {
  exports.add("allowTf32", "(allowed: boolean): void", allowTf32);
  exports.add("setAutocast", "(device: string, enabled: boolean): boolean", setAutocast);
}

}  // namespace weight_search
