// How operators of the project are computed where they have no kernels, whatever the device, type or memory format: by LibTorch's
// operators. The dispatcher calls this composition on devices without kernels; a kernel calls it for tensors that it does not take.
#pragma once

#include <torch/library.h>

#include <string>

namespace weight_search {

// Defines an operator by its schema, and once more with "composed_" before its name: that is always the composition, which tests
// compare with the kernels.
inline void defineComposed(torch::Library& library, const std::string& schema) {
  library.def(schema.c_str());
  library.def(("composed_" + schema).c_str());
}

// Registers a composition for both. In a library for CompositeImplicitAutograd its gradient is that of the operators in it.
template <typename Function>
void implementComposed(torch::Library& library, const std::string& name, Function* function) {
  library.impl(name.c_str(), function);
  library.impl(("composed_" + name).c_str(), function);
}

}  // namespace weight_search
