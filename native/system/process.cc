// The process itself: signals that stop it, locks that end with it, and its own end with its parent's.
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <limits>
#include <string>

#include "bridge/addon.h"

namespace weight_search {

namespace {

// Read by the handler, so never freed: a signal may come at any moment.
std::string* const firstText = new std::string;
std::string* const secondText = new std::string;
// Atomic: two signals may be handled at once, on two threads or one within the other.
std::atomic<int> received = 0;
// When the first signal came, 0 until its handler has looked; and how long others count as the same one.
std::atomic<int64_t> receivedAtMs = 0;
std::atomic<int64_t> graceMs = 0;
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<int64_t>::is_always_lock_free, "a handler may not wait for a lock");

int64_t nowMs() {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1000000;
}

bool isWithinGrace() {
  const int64_t at = receivedAtMs;
  return graceMs > 0 && (at == 0 || nowMs() - at < graceMs);
}

// Node hands signals on between two turns of its loop, and a training step is one turn that may take minutes. This handler
// runs within it: the first signal is noted and answered, a second one ends the process at once.
void onSignal(int signal) {
  const int before = errno;
  int none = 0;
  const bool isFirst = received.compare_exchange_strong(none, signal);
  if (isFirst) receivedAtMs = nowMs();
  else if (isWithinGrace()) return;
  const std::string& text = isFirst ? *firstText : *secondText;
  // Nobody reads what cannot be written.
  if (write(STDERR_FILENO, text.data(), text.size()) < 0) errno = before;
  if (!isFirst) _exit(128 + signal);
  errno = before;
}

void handle(void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  for (const int signal : {SIGINT, SIGTERM}) sigaction(signal, &action, nullptr);
}

// watchSignals(first, second, graceMs): from now on SIGINT and SIGTERM are noted and answered on standard error by the first text; at
// the second signal the second text is written and the process ends with 128 + its number. The terminal and a launcher may both send
// one: what comes within graceMs counts as the same.
Napi::Value watchSignals(const Napi::CallbackInfo& info) {
  const std::string first = stringArgument(info, 0, "first");
  const std::string second = stringArgument(info, 1, "second");
  const int64_t grace = integerArgument(info, 2, "graceMs");
  if (grace < 0 || grace > 60000) throw ArgumentError("argument 'graceMs': expected 0 to 60000 but received " + std::to_string(grace));
  handle(SIG_DFL);
  graceMs = grace;
  *firstText = first;
  *secondText = second;
  receivedAtMs = 0;
  received = 0;
  handle(onSignal);
  return info.Env().Undefined();
}

// unwatchSignals(): what watchSignals began ends, and signals have their usual effect.
Napi::Value unwatchSignals(const Napi::CallbackInfo& info) {
  handle(SIG_DFL);
  return info.Env().Undefined();
}

// stopRequested(): the number of the signal that came, 0 when none did.
Napi::Value stopRequested(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), received.load()); }

// lockFile(descriptor): takes the open file's lock, which ends with the process or when the file is closed; false when another
// process has it.
Napi::Value lockFile(const Napi::CallbackInfo& info) {
  const int64_t descriptor = integerArgument(info, 0, "descriptor");
  if (descriptor < 0 || descriptor > std::numeric_limits<int>::max()) throw ArgumentError("argument 'descriptor': expected an open file");
  if (flock(static_cast<int>(descriptor), LOCK_EX | LOCK_NB) == 0) return Napi::Boolean::New(info.Env(), true);
  if (errno == EWOULDBLOCK) return Napi::Boolean::New(info.Env(), false);
  throw std::runtime_error(std::strerror(errno));
}

// endWithParent(parent): this process gets SIGTERM when its parent, of this number, ends in whatever way. Nothing where
// the system cannot.
Napi::Value endWithParent(const Napi::CallbackInfo& info) {
  const int64_t parent = integerArgument(info, 0, "parent");
#ifdef __linux__
  if (getppid() != parent) return info.Env().Undefined();
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  // It may have ended in between.
  if (getppid() != parent) raise(SIGTERM);
#endif
  return info.Env().Undefined();
}

}  // namespace

void exportProcess(Exports& exports) {
  exports.add("watchSignals", "(first: string, second: string, graceMs: number): void", watchSignals);
  exports.add("unwatchSignals", "(): void", unwatchSignals);
  exports.add("stopRequested", "(): number", stopRequested);
  exports.add("lockFile", "(descriptor: number): boolean", lockFile);
  exports.add("endWithParent", "(parent: number): void", endWithParent);
}

}  // namespace weight_search
