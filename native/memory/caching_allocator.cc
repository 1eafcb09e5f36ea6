#include "memory/caching_allocator.h"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <sys/mman.h>
#ifdef __linux__
#include <sys/sysinfo.h>
#endif

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <map>
#include <mutex>
#include <string>
#include <unordered_map>

namespace weight_search {

namespace {

// Smaller tensors are malloc's, which is quick with them and gives nothing back to the system.
constexpr size_t kSmallestBlock = 256 << 10;
constexpr size_t kGranule = 64 << 10;
constexpr size_t kHugePage = 2 << 20;
constexpr size_t kAlignment = 64;
// An idle block serves a tensor of at least half its size: less would be wasted by exact fits, which more blocks are idle for.
constexpr size_t kWaste = 2;
// Live and idle blocks together may be this fraction larger than the live ones ever were. Sizes differ, so blocks never fit as
// closely as bytes: with less, VGG's training step maps and unmaps blocks for ever.
constexpr size_t kSlack = 2;
constexpr size_t kLeastCap = 64 << 20;

size_t roundUp(size_t n, size_t to) { return (n + to - 1) / to * to; }

// Pages from the system, huge ones where the size allows and the system has them: fewer faults, and fewer misses of the
// address translation. Null when there is no more.
void* mapPages(size_t size) {
  const size_t alignment = size >= kHugePage ? kHugePage : kGranule;
  const size_t mapped = size + alignment;
  void* start = mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED) return nullptr;
  const auto address = reinterpret_cast<uintptr_t>(start), aligned = static_cast<uintptr_t>(roundUp(address, alignment));
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
    const size_t most = std::max(peakLive_, live_ + size);
    shrinkTo(std::max(most + most / kSlack, kLeastCap) - size);
    block = mapPages(size);
    if (block == nullptr) {
      shrinkTo(0);
      block = mapPages(size);
    }
    if (block != nullptr) becomeLive(block, size);
    return block;
  }

  // False when the block is not one of these.
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

  // Unmaps idle blocks, those idle for longest first, until all blocks together have at most so many bytes.
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
size_t mostMemory() {
  size_t most = std::numeric_limits<size_t>::max() / 4;
#ifdef __linux__
  struct sysinfo machine;
  if (sysinfo(&machine) == 0) most = std::min(most, (machine.totalram + machine.totalswap) * machine.mem_unit);
#endif
  return most;
}

void release(void* memory) {
  if (!blocks().giveBack(memory)) std::free(memory);
}

// LibTorch 2.3 dropped the const of allocate, 2.2 added copy_data: each version overrides what it has.
struct CachingAllocator final : c10::Allocator {
  c10::DataPtr allocate(size_t bytes) const { return take(bytes); }
  c10::DataPtr allocate(size_t bytes) { return take(bytes); }
  void copy_data(void* to, const void* from, size_t bytes) const { std::memcpy(to, from, bytes); }
  c10::DeleterFnPtr raw_deleter() const override { return &release; }

 private:
  static c10::DataPtr take(size_t bytes) {
    void* memory = nullptr;
    static const size_t most = mostMemory();
    TORCH_CHECK(bytes <= most, "out of memory: cannot allocate ", bytes, " bytes, of which the machine has ", most);
    if (bytes >= kSmallestBlock) {
      memory = blocks().take(bytes);
      TORCH_CHECK(memory != nullptr, "out of memory: cannot allocate ", bytes, " bytes");
    } else if (bytes > 0) {
      if (posix_memalign(&memory, kAlignment, bytes) != 0) blocks().freeIdle();
      TORCH_CHECK(memory != nullptr || posix_memalign(&memory, kAlignment, bytes) == 0, "out of memory: cannot allocate ", bytes, " bytes");
    }
    return {memory, memory, &release, c10::Device(c10::DeviceType::CPU)};
  }
};

}  // namespace

void installCachingAllocator() {
  const char* asked = std::getenv("WEIGHT_SEARCH_ALLOCATOR");
  if (asked != nullptr) {
    const std::string name = asked;
    if (name == "system") return;
    if (name != "caching") throw std::runtime_error("WEIGHT_SEARCH_ALLOCATOR: expected caching or system, found \"" + name + "\"");
  }
  // Once: every worker thread loads the addon anew.
  static std::once_flag once;
  std::call_once(once, [] { c10::SetCPUAllocator(new CachingAllocator, 1); });
}

MemoryUse memoryUse() { return blocks().use(); }

}  // namespace weight_search
