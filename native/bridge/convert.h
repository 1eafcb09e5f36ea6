// JavaScript values to LibTorch's IValues as an operator's schema asks for, and back.
#pragma once

#include <ATen/core/function_schema.h>
#include <ATen/core/ivalue.h>

#include "bridge/addon.h"

namespace weight_search {

// The value for one argument. Scalars: a number is a float, a BigInt an integer (JavaScript's 1.0 is 1, so the caller
// says which). null and undefined: None for an optional, else the default. Throws ArgumentError.
c10::IValue toIValue(AddonData& data, const Napi::Value& value, const c10::Argument& argument);

// A tensor becomes a handle in the current scope; a list or tuple an array; None null.
Napi::Value fromIValue(Napi::Env env, const c10::IValue& value);

}  // namespace weight_search
