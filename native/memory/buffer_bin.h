// JavaScript buffers that tensors borrow. A tensor may be freed on any thread, a Node-API reference only on its own:
// the deleter drops the reference here, and the next call from JavaScript lets it go.
#pragma once

#include <napi.h>

#include <mutex>
#include <unordered_set>
#include <vector>

namespace weight_search {

class BufferBin {
 public:
  // A reference to a typed array whose memory a tensor is about to use, until it is dropped.
  void lend(napi_ref reference) {
    const std::lock_guard<std::mutex> lock(mutex_);
    lent_.insert(reference);
  }

  void drop(napi_ref reference) {
    const std::lock_guard<std::mutex> lock(mutex_);
    lent_.erase(reference);
    dropped_.push_back(reference);
  }

  void release(napi_env env) {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (napi_ref reference : dropped_) napi_delete_reference(env, reference);
    dropped_.clear();
  }

  // Whether a buffer was transferred although a tensor uses its memory, which may now be gone.
  bool isAnyDetached(napi_env env) {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (napi_ref reference : lent_) {
      napi_value array = nullptr, buffer = nullptr;
      bool detached = false;
      if (napi_get_reference_value(env, reference, &array) != napi_ok || array == nullptr) continue;
      if (napi_get_typedarray_info(env, array, nullptr, nullptr, nullptr, &buffer, nullptr) != napi_ok) continue;
      if (napi_is_detached_arraybuffer(env, buffer, &detached) == napi_ok && detached) return true;
    }
    return false;
  }

 private:
  std::mutex mutex_;
  std::unordered_set<napi_ref> lent_;
  std::vector<napi_ref> dropped_;
};

}  // namespace weight_search
