#include "distributed/local_address.h"

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>

namespace weight_search {

namespace {

// A datagram socket that is connected has sent nothing yet, but knows which way it would.
std::string sourceAddress(const addrinfo& target) {
  const int descriptor = socket(target.ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return "";
  sockaddr_storage own{};
  socklen_t length = sizeof own;
  auto* const address = reinterpret_cast<sockaddr*>(&own);
  char text[NI_MAXHOST] = "";
  const bool known = connect(descriptor, target.ai_addr, target.ai_addrlen) == 0 && getsockname(descriptor, address, &length) == 0 &&
                     getnameinfo(address, length, text, sizeof text, nullptr, 0, NI_NUMERICHOST) == 0;
  close(descriptor);
  return known ? text : "";
}

}  // namespace

std::string localAddressTowards(const std::string& host, int port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_DGRAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) return "";
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, freeaddrinfo);
  for (const addrinfo* target = found; target != nullptr; target = target->ai_next) {
    const std::string address = sourceAddress(*target);
    if (!address.empty()) return address;
  }
  return "";
}

}  // namespace weight_search
