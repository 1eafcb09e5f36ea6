// JavaScript buffers that tensors borrow. A tensor may be freed on any thread, a Node-API reference only on its own:
// the deleter drops the reference here, and the next call from JavaScript lets it go.
#pragma once

#include <napi.h>

#include <mutex>
#include <vector>

namespace weight_search {

class BufferBin {
 public:
  void drop(napi_ref reference) {
    const std::lock_guard<std::mutex> lock(mutex_);
    dropped_.push_back(reference);
  }

  void release(napi_env env) {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (napi_ref reference : dropped_) napi_delete_reference(env, reference);
    dropped_.clear();
  }

 private:
  std::mutex mutex_;
  std::vector<napi_ref> dropped_;
};

}  // namespace weight_search
