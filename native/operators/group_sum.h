// What an operator needs of a group of processes: the sum of a tensor over all of them.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/util/Exception.h>

namespace weight_search {

// No group: the operator computes for this process alone.
constexpr int64_t kAlone = 0;

#ifdef HAVE_DISTRIBUTED
// In place, over the group of this number; alone, the tensor is the sum.
void sumOverGroup(int64_t group, const at::Tensor& tensor);
#else
inline void sumOverGroup(int64_t group, const at::Tensor&) {
  TORCH_CHECK(group == kAlone, "this addon was built without c10d's Gloo");
}
#endif

}  // namespace weight_search
