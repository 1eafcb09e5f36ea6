// The names of tensor element types, as PyTorch prints them without "torch.".
#pragma once

#include <c10/core/ScalarType.h>

#include <optional>
#include <string>
#include <utility>

namespace weight_search {

constexpr std::pair<const char*, c10::ScalarType> kDtypes[] = {
    {"float32", c10::ScalarType::Float},   {"float64", c10::ScalarType::Double},
    {"float16", c10::ScalarType::Half},    {"bfloat16", c10::ScalarType::BFloat16},
    {"int64", c10::ScalarType::Long},      {"int32", c10::ScalarType::Int},
    {"int16", c10::ScalarType::Short},     {"int8", c10::ScalarType::Char},
    {"uint8", c10::ScalarType::Byte},      {"bool", c10::ScalarType::Bool},
};

inline std::optional<c10::ScalarType> dtypeOf(const std::string& name) {
  for (const auto& [known, type] : kDtypes) {
    if (name == known) return type;
  }
  return std::nullopt;
}

inline std::string nameOf(c10::ScalarType type) {
  for (const auto& [known, candidate] : kDtypes) {
    if (type == candidate) return known;
  }
  return c10::toString(type);
}

}  // namespace weight_search
