// The store of a run, at the master's address.
#pragma once

#include <c10/util/intrusive_ptr.h>
#include <torch/csrc/distributed/c10d/Store.hpp>

#include "distributed/process_group.h"

namespace weight_search {

// Opens the store and makes sure that it is one. Throws when it is not there, or does not answer as a store does, in time.
c10::intrusive_ptr<c10d::Store> openStore(const GroupOptions& options);

}  // namespace weight_search
