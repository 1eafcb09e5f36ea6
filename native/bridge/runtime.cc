// Threads, seeds, devices, versions.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <torch/version.h>

#include "bridge/addon.h"
#include "images/jpeg.h"
#include "kernels/cpu_features.h"
#include "kernels/search_kernels.h"
#include "kernels/winograd_kernels.h"
#include "memory/caching_allocator.h"

namespace weight_search {

namespace {

Napi::Value setThreads(const Napi::CallbackInfo& info) {
  const int64_t count = integerArgument(info, 0, "threads");
  if (count < 1 || count > 1024) throw ArgumentError("argument 'threads': expected 1 to 1024 but received " + std::to_string(count));
  at::set_num_threads(static_cast<int>(count));
  return info.Env().Undefined();
}

Napi::Value threads(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), at::get_num_threads()); }

Napi::Value manualSeed(const Napi::CallbackInfo& info) {
  at::manual_seed(static_cast<uint64_t>(integerArgument(info, 0, "seed")));
  return info.Env().Undefined();
}

Napi::Value cudaDevices(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), at::hasCUDA() ? static_cast<double>(at::detail::getCUDAHooks().getNumGPUs()) : 0);
}

// Whether kernels for CUDA were built: otherwise operators are composed there, and batches are made on the CPU.
Napi::Value hasCudaKernels(const Napi::CallbackInfo& info) {
#ifdef HAVE_CUDA_KERNELS
  return Napi::Boolean::New(info.Env(), true);
#else
  return Napi::Boolean::New(info.Env(), false);
#endif
}

Napi::Value hasMps(const Napi::CallbackInfo& info) { return Napi::Boolean::New(info.Env(), at::hasMPS()); }

// versions(): what ran, for a run's manifest.
Napi::Value versions(const Napi::CallbackInfo& info) {
  auto result = Napi::Object::New(info.Env());
  result.Set("libtorch", TORCH_VERSION);
  result.Set("kernels", searchKernels<float>().name);
  result.Set("winograd", winogradKernels() == nullptr ? "none" : winogradKernels()->name);
  result.Set("jpeg", jpegVersion());
  result.Set("parallel", at::get_parallel_info());
  return result;
}

// memoryUse(): bytes of tensors' blocks of 256 KiB and more.
Napi::Value memoryUse(const Napi::CallbackInfo& info) {
  const MemoryUse use = weight_search::memoryUse();
  auto result = Napi::Object::New(info.Env());
  result.Set("live", static_cast<double>(use.live));
  result.Set("idle", static_cast<double>(use.idle));
  result.Set("peakLive", static_cast<double>(use.peakLive));
  return result;
}

}  // namespace

void exportRuntime(Exports& exports) {
  // Now, so that an environment variable that is wrong is an error when the addon is loaded.
  instructionSet();
  installCachingAllocator();
  exports.add("setThreads", "(threads: number): void", setThreads);
  exports.add("threads", "(): number", threads);
  exports.add("manualSeed", "(seed: number): void", manualSeed);
  exports.add("cudaDevices", "(): number", cudaDevices);
  exports.add("hasCudaKernels", "(): boolean", hasCudaKernels);
  exports.add("hasMps", "(): boolean", hasMps);
  exports.add("memoryUse", "(): MemoryUse", memoryUse);
  exports.add("versions", "(): Versions", versions);
}

}  // namespace weight_search
