#include "distributed/open_store.h"

#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#include <unistd.h>

#include <exception>
#include <future>
#include <random>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>

namespace weight_search {

namespace {

using StorePointer = c10::intrusive_ptr<c10d::Store>;

std::terminate_handler before = nullptr;

// A thread of the store's own reads from the connection, and ends the process by an exception when that breaks in the wrong moment.
[[noreturn]] void onTerminate() {
  try {
    if (const std::exception_ptr error = std::current_exception()) std::rethrow_exception(error);
  } catch (const std::system_error& error) {
    if (error.code() == std::errc::connection_reset || error.code() == std::errc::broken_pipe) {
      constexpr char text[] = "error: rank 0, which keeps the store, is gone\n";
      if (write(STDERR_FILENO, text, sizeof text - 1) < 0) _exit(1);
      _exit(1);
    }
  } catch (...) {
  }
  if (before != nullptr) before();
  std::abort();
}

StorePointer connectStore(const GroupOptions& options) {
  c10d::TCPStoreOptions store;
  store.port = options.port;
  store.isServer = options.hostsStore;
  store.numWorkers = static_cast<std::size_t>(options.size);
  store.waitWorkers = false;
  store.timeout = options.timeout;
  auto atMaster = c10::make_intrusive<c10d::TCPStore>(options.host, store);
  return c10::make_intrusive<c10d::PrefixStore>(options.prefix, atMaster);
}

// What is left there is to come back: some other program may listen at the address.
void greet(c10d::Store& store, int rank) {
  std::random_device random;
  const std::string key = "greeting/" + std::to_string(rank) + "/" + std::to_string(random());
  const std::vector<uint8_t> nonce(key.rbegin(), key.rend());
  store.set(key, nonce);
  if (store.get(key) != nonce) throw std::runtime_error("what answers is no store of c10d");
}

}  // namespace

StorePointer openStore(const GroupOptions& options) {
  static const bool installed = [] {
    before = std::set_terminate(onTerminate);
    return true;
  }();
  (void)installed;
  // Waiting for another program's answer, a store knows no timeout: then the thread is left behind.
  auto task = std::make_shared<std::packaged_task<StorePointer()>>([options] {
    const StorePointer store = connectStore(options);
    greet(*store, options.rank);
    return store;
  });
  std::future<StorePointer> opened = task->get_future();
  std::thread([task] { (*task)(); }).detach();
  const auto patience = options.timeout + std::chrono::seconds(1);
  if (opened.wait_for(patience) != std::future_status::ready) throw std::runtime_error("what listens there does not answer as a store of c10d");
  return opened.get();
}

}  // namespace weight_search
