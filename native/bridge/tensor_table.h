// Tensors by integer handle, and the scopes that free them.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace weight_search {

// A handle is generation * 2^24 + slot: a slot is used again, a handle never is (until 2^28 reuses of one slot), so
// that a released handle is told from a live one. Handles are exact in a JavaScript number.
class TensorTable {
 public:
  int64_t add(at::Tensor tensor);
  // Throws when the handle was never given out or has been released.
  const at::Tensor& get(int64_t handle) const;
  bool contains(int64_t handle) const;
  // Releasing twice is an error like any other use of a released handle.
  void release(int64_t handle);
  size_t liveCount() const { return live_; }

  // Scopes nest. Leaving one frees every tensor added since it was entered that is still there, but `kept`, which pass
  // to the scope around it.
  size_t enterScope();
  void leaveScope(size_t depth, const std::vector<int64_t>& kept);

 private:
  struct Slot {
    at::Tensor tensor;
    uint32_t generation = 0;
    bool used = false;
    // Set while a leaving scope decides; see leaveScope.
    bool kept = false;
  };
  void freeSlot(uint32_t slot);
  uint32_t slotOf(int64_t handle) const;

  std::vector<Slot> slots_;
  std::vector<uint32_t> free_;
  std::vector<std::vector<int64_t>> scopes_;
  size_t live_ = 0;
};

}  // namespace weight_search
