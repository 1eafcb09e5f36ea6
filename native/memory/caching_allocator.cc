#include "memory/caching_allocator.h"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <sys/mman.h>
#ifdef __linux__
#include <sys/sysinfo.h>
#endif
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <map>
#include <mutex>
#include <string>
#include <unordered_map>

#include "bridge/errors.h"
#include "kernels/sizes.h"

namespace weight_search {

namespace {

// Smaller tensors are malloc's, which is quick with them and gives nothing back to the system.
constexpr size_t kMinBlock = 256 * kKiB;
constexpr size_t kGranule = 64 * kKiB;
constexpr size_t kHugePage = 2 * kMiB;
constexpr size_t kAlignment = 64;
// An idle block serves a tensor of at least half its size: less would be wasted by exact fits, which more blocks are idle for.
constexpr size_t kWaste = 2;
// Live and idle blocks together may be this fraction larger than the live ones ever were. Sizes differ, so blocks never fit as
// closely as bytes: with less, VGG's training step maps and unmaps blocks for ever.
constexpr size_t kSlack = 2;
constexpr size_t kMinCap = 64 * kMiB;

// Pages from the system, huge ones where the size allows and the system has them: fewer faults, and fewer misses of the
// address translation. Null when there is no more.
void* mapPages(size_t size) {
  const size_t alignment = size >= kHugePage ? kHugePage : kGranule;
  const size_t mapped = size + alignment;
  void* start = mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED) return nullptr;
  const auto address = reinterpret_cast<uintptr_t>(start), aligned = roundUp<uintptr_t>(address, alignment);
  if (aligned > address) munmap(start, aligned - address);
  const uintptr_t end = aligned + size, mappedEnd = address + mapped;
  if (mappedEnd > end) munmap(reinterpret_cast<void*>(end), mappedEnd - end);
  void* block = reinterpret_cast<void*>(aligned);
#ifdef MADV_HUGEPAGE
  if (size >= kHugePage) madvise(block, size, MADV_HUGEPAGE);
#endif
  return block;
}

class Blocks {
 public:
  void* take(size_t bytes) {
    const size_t size = roundUp(bytes, kGranule);
    const std::lock_guard<std::mutex> guard(mutex_);
    void* block = nullptr;
    const auto fitting = idle_.lower_bound(size);
    if (fitting != idle_.end() && fitting->first - size <= fitting->first / kWaste) {
      block = fitting->second.block;
      becomeLive(block, fitting->first);
      idleBytes_ -= fitting->first;
      idle_.erase(fitting);
      return block;
    }
    const size_t peak = std::max(peakLive_, live_ + size);
    shrinkTo(std::max(peak + peak / kSlack, kMinCap) - size);
    block = mapPages(size);
    if (block == nullptr) {
      shrinkTo(0);
      block = mapPages(size);
    }
    if (block != nullptr) becomeLive(block, size);
    return block;
  }

  // Keeps a live block for reuse; false when it is not one of these.
  bool giveBack(void* block) {
    const std::lock_guard<std::mutex> guard(mutex_);
    const auto found = sizes_.find(block);
    if (found == sizes_.end()) return false;
    live_ -= found->second;
    idleBytes_ += found->second;
    idle_.emplace(found->second, Idle{block, ++clock_});
    sizes_.erase(found);
    return true;
  }

  void freeIdle() {
    const std::lock_guard<std::mutex> guard(mutex_);
    shrinkTo(0);
  }

  MemoryUse use() {
    const std::lock_guard<std::mutex> guard(mutex_);
    return {static_cast<int64_t>(live_), static_cast<int64_t>(idleBytes_), static_cast<int64_t>(peakLive_)};
  }

 private:
  struct Idle {
    void* block;
    uint64_t since;
  };

  void becomeLive(void* block, size_t size) {
    sizes_.emplace(block, size);
    live_ += size;
    peakLive_ = std::max(peakLive_, live_);
  }

  // Unmaps idle blocks, those idle for longest first, until all blocks together have at most `bytes`.
  void shrinkTo(size_t bytes) {
    while (!idle_.empty() && live_ + idleBytes_ > bytes) {
      auto oldest = idle_.begin();
      for (auto block = idle_.begin(); block != idle_.end(); ++block) {
        if (block->second.since < oldest->second.since) oldest = block;
      }
      munmap(oldest->second.block, oldest->first);
      idleBytes_ -= oldest->first;
      idle_.erase(oldest);
    }
  }

  std::mutex mutex_;
  std::multimap<size_t, Idle> idle_;           // by size
  std::unordered_map<void*, size_t> sizes_;    // of the live ones
  size_t live_ = 0, idleBytes_ = 0, peakLive_ = 0;
  uint64_t clock_ = 0;
};

// Never destroyed: tensors may outlive the statics.
Blocks& blocks() {
  static Blocks* const instance = new Blocks;
  return *instance;
}

// What no block can be larger than. Some systems are set to promise any amount, and end the process that uses it.
size_t maxMemory() {
  size_t bytes = std::numeric_limits<size_t>::max() / 4;
#ifdef __linux__
  struct sysinfo machine;
  if (sysinfo(&machine) == 0) bytes = std::min(bytes, (machine.totalram + machine.totalswap) * machine.mem_unit);
#endif
  return bytes;
}

// Each tensor's memory has its own deleter, so that freeing a small one takes no lock.
void releaseBlock(void* memory) { blocks().giveBack(memory); }
void releaseSmall(void* memory) { std::free(memory); }

// For memory of either kind. Blocks begin at a granule, which malloc's memory hardly ever does.
void releaseAny(void* memory) {
  const bool mayBeBlock = reinterpret_cast<uintptr_t>(memory) % kGranule == 0;
  if (!mayBeBlock || !blocks().giveBack(memory)) std::free(memory);
}

// LibTorch 2.3 dropped the const of allocate, 2.2 added copy_data: each version overrides what it has.
struct CachingAllocator final : c10::Allocator {
  c10::DataPtr allocate(size_t bytes) const { return take(bytes); }
  c10::DataPtr allocate(size_t bytes) { return take(bytes); }
  void copy_data(void* to, const void* from, size_t bytes) const { std::memcpy(to, from, bytes); }
  c10::DeleterFnPtr raw_deleter() const override { return &releaseAny; }

 private:
  static c10::DataPtr take(size_t bytes) {
    static const size_t max = maxMemory();
    TORCH_CHECK_WITH(OutOfMemoryError, bytes <= max, "out of memory: cannot allocate ", bytes, " bytes, of which the machine has ", max);
    const bool isBlock = bytes >= kMinBlock;
    void* const memory = isBlock ? blocks().take(bytes) : takeSmall(bytes);
    TORCH_CHECK_WITH(OutOfMemoryError, memory != nullptr || bytes == 0, "out of memory: cannot allocate ", bytes, " bytes");
    return {memory, memory, isBlock ? &releaseBlock : &releaseSmall, c10::Device(c10::DeviceType::CPU)};
  }

  // Null when there is no more, and for no bytes.
  static void* takeSmall(size_t bytes) {
    void* memory = nullptr;
    if (bytes == 0 || posix_memalign(&memory, kAlignment, bytes) == 0) return memory;
    blocks().freeIdle();
    return posix_memalign(&memory, kAlignment, bytes) == 0 ? memory : nullptr;
  }
};

// Keeps in the process what is malloc's: small tensors, and oneDNN's working memory. By default glibc returns big blocks to the
// system when they are freed, and they come again page by page.
void keepFreedMemory() {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, 32 * kMiB);
  mallopt(M_TRIM_THRESHOLD, kGiB);
  mallopt(M_TOP_PAD, 64 * kMiB);
#endif
}

}  // namespace

void installCachingAllocator() {
  const char* requested = std::getenv("WEIGHT_SEARCH_ALLOCATOR");
  if (requested != nullptr) {
    const std::string name = requested;
    if (name == "system") return;
    if (name != "caching") throw EnvironmentError("WEIGHT_SEARCH_ALLOCATOR: expected caching or system, found \"" + name + "\"");
  }
  // Once: every worker thread loads the addon again.
  static std::once_flag once;
  std::call_once(once, [] {
    keepFreedMemory();
    c10::SetCPUAllocator(new CachingAllocator, 1);
  });
}

MemoryUse memoryUse() { return blocks().use(); }

}  // namespace weight_search
