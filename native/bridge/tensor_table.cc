#include "bridge/tensor_table.h"

#include <stdexcept>
#include <string>

namespace weight_search {

namespace {
constexpr int64_t kSlotBits = 24;
constexpr int64_t kMaxSlots = int64_t{1} << kSlotBits;
constexpr uint32_t kGenerations = uint32_t{1} << 28;
}  // namespace

int64_t TensorTable::add(at::Tensor tensor) {
  uint32_t slot = 0;
  if (free_.empty()) {
    if (static_cast<int64_t>(slots_.size()) == kMaxSlots) {
      throw std::runtime_error("16,777,216 tensors are alive: release some, or work inside a scope");
    }
    slot = static_cast<uint32_t>(slots_.size());
    slots_.emplace_back();
  } else {
    slot = free_.back();
    free_.pop_back();
  }
  Slot& entry = slots_[slot];
  entry.tensor = std::move(tensor);
  entry.generation = entry.generation % (kGenerations - 1) + 1;
  entry.used = true;
  ++live_;
  const int64_t handle = static_cast<int64_t>(entry.generation) * kMaxSlots + slot;
  if (!scopes_.empty()) scopes_.back().push_back(handle);
  return handle;
}

bool TensorTable::contains(int64_t handle) const {
  if (handle < 0) return false;
  const auto slot = static_cast<size_t>(handle % kMaxSlots);
  return slot < slots_.size() && slots_[slot].used && slots_[slot].generation == handle / kMaxSlots;
}

uint32_t TensorTable::slotOf(int64_t handle) const {
  if (contains(handle)) return static_cast<uint32_t>(handle % kMaxSlots);
  const auto slot = static_cast<size_t>(handle % kMaxSlots);
  const bool known = handle >= kMaxSlots && slot < slots_.size() && handle / kMaxSlots <= slots_[slot].generation;
  throw std::runtime_error("tensor handle " + std::to_string(handle) +
                           (known ? " has been released (by release() or by the scope it was made in)"
                                  : " was never given out"));
}

const at::Tensor& TensorTable::get(int64_t handle) const { return slots_[slotOf(handle)].tensor; }

void TensorTable::freeSlot(uint32_t slot) {
  slots_[slot].used = false;
  free_.push_back(slot);
  --live_;
  // Last: freeing memory may call a deleter that comes back here.
  const at::Tensor dropped = std::move(slots_[slot].tensor);
}

void TensorTable::release(int64_t handle) { freeSlot(slotOf(handle)); }

size_t TensorTable::enterScope() {
  scopes_.emplace_back();
  return scopes_.size();
}

void TensorTable::leaveScope(size_t depth, const std::vector<int64_t>& kept) {
  if (depth != scopes_.size() || depth == 0) throw std::runtime_error("scopes must be left in the order opposite to entering");
  std::vector<uint32_t> keptSlots;
  for (const int64_t handle : kept) keptSlots.push_back(slotOf(handle));
  for (const uint32_t slot : keptSlots) slots_[slot].kept = true;
  const std::vector<int64_t> made = std::move(scopes_.back());
  scopes_.pop_back();
  for (const int64_t handle : made) {
    if (!contains(handle)) continue;
    const auto slot = static_cast<uint32_t>(handle % kMaxSlots);
    if (!slots_[slot].kept) {
      freeSlot(slot);
    } else if (!scopes_.empty()) {
      scopes_.back().push_back(handle);
    }
  }
  for (const uint32_t slot : keptSlots) slots_[slot].kept = false;
}

}  // namespace weight_search
