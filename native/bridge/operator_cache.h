// Operators of LibTorch's dispatcher by small integer, looked up once each.
#pragma once

#include <ATen/core/dispatch/Dispatcher.h>

#include <map>
#include <string>
#include <vector>

namespace weight_search {

class OperatorCache {
 public:
  // The number of an operator such as ("aten::add", "Tensor"); throws when LibTorch has none of that name.
  size_t find(const std::string& name, const std::string& overload) {
    const auto key = std::make_pair(name, overload);
    const auto known = numbers_.find(key);
    if (known != numbers_.end()) return known->second;
    const auto handle = c10::Dispatcher::singleton().findSchema({name, overload});
    if (!handle) {
      throw std::runtime_error("LibTorch has no operator '" + name + (overload.empty() ? "" : "." + overload) + "'");
    }
    operators_.push_back(*handle);
    numbers_.emplace(key, operators_.size() - 1);
    return operators_.size() - 1;
  }

  const c10::OperatorHandle& get(int64_t number) const {
    if (number < 0 || static_cast<size_t>(number) >= operators_.size()) {
      throw std::runtime_error("call: operator number " + std::to_string(number) + " was never given out");
    }
    return operators_[static_cast<size_t>(number)];
  }

 private:
  std::map<std::pair<std::string, std::string>, size_t> numbers_;
  std::vector<c10::OperatorHandle> operators_;
};

}  // namespace weight_search
