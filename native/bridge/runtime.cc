// Threads, seeds, devices, versions.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <torch/version.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "bridge/addon.h"
#include "memory/caching_allocator.h"
#include "kernels/cpu_features.h"
#include "images/jpeg.h"
#include "kernels/search_kernels.h"
#include "kernels/winograd_kernels.h"

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

// Whether kernels of ours for CUDA were built: else its operators are compositions, and batches are made on the CPU.
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

// Keeps in the process what is malloc's: small tensors, and oneDNN's working memory. By default glibc gives big blocks back
// to the system when they are freed, and they come again page by page.
void keepFreedMemory() {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  mallopt(M_TOP_PAD, 64 << 20);
#endif
}

}  // namespace

void exportRuntime(Napi::Env, Napi::Object exports) {
  keepFreedMemory();
  instructionSet();
  installCachingAllocator();
  exportFunction(exports, "setThreads", setThreads);
  exportFunction(exports, "threads", threads);
  exportFunction(exports, "manualSeed", manualSeed);
  exportFunction(exports, "cudaDevices", cudaDevices);
  exportFunction(exports, "hasCudaKernels", hasCudaKernels);
  exportFunction(exports, "hasMps", hasMps);
  exportFunction(exports, "memoryUse", memoryUse);
  exportFunction(exports, "versions", versions);
}

}  // namespace weight_search
