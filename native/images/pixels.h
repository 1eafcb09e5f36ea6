// How many pixels an image may have.
#pragma once

#include <cstdint>

namespace weight_search {

// Pillow's limit against files that unpack to more than anyone meant: a quarter of a gigabyte of RGB, twice.
constexpr int64_t kMaxPixels = 178956970;

}  // namespace weight_search
