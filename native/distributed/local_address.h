// The address of this machine on the way to another one.
#pragma once

#include <string>

namespace weight_search {

// The numeric address that packets to host:port leave from; the empty string where there is no way to it.
std::string localAddressTowards(const std::string& host, int port);

}  // namespace weight_search
