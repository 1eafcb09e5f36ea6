// Memory of CPU tensors.
#pragma once

#include <cstdint>

namespace weight_search {

// Makes LibTorch take the memory of large CPU tensors from blocks that are kept when tensors are freed. From the system, each
// would come as pages that are zeroed one by one when they are first touched: tens of thousands of page faults a training step.
// Also makes malloc keep what is freed. Does nothing where WEIGHT_SEARCH_ALLOCATOR is "system", which memory checkers need; throws
// EnvironmentError where it is neither that nor "caching".
void installCachingAllocator();

struct MemoryUse {
  int64_t live;      // bytes of blocks in use
  int64_t idle;      // bytes of blocks kept for reuse
  int64_t peakLive;  // the greatest of live
};
MemoryUse memoryUse();

}  // namespace weight_search
