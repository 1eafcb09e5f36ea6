// Calls of operators through LibTorch's dispatcher: another device has another kernel, autograd records them, and a profile sees them.
#pragma once

#include <ATen/core/dispatch/Dispatcher.h>

namespace weight_search {

// The operator of this name, to be kept in a static: operatorNamed<Tensor(const Tensor&)>("aten::relu").
template <typename Signature>
c10::TypedOperatorHandle<Signature> operatorNamed(const char* name) {
  return c10::Dispatcher::singleton().findSchemaOrThrow(name, "").typed<Signature>();
}

}  // namespace weight_search
