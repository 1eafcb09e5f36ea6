// What the process itself is asked: signals that stop it, locks that end with it, and its own end with its parent's.
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <limits>
#include <string>

#include "addon.h"

namespace weight_search {

namespace {

// Read by the handler, so never freed: a signal may come at any moment.
std::string* const firstText = new std::string;
std::string* const secondText = new std::string;
volatile std::sig_atomic_t asked = 0;
// When the first signal came, and how long others count as the same one; read by the handler.
timespec askedAt = {};
volatile long graceMs = 0;

long millisecondsSince(const timespec& before) {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (now.tv_sec - before.tv_sec) * 1000 + (now.tv_nsec - before.tv_nsec) / 1000000;
}

// Node hands signals on between two turns of its loop, and a training step is one turn that may take minutes. This handler
// runs within it: the first signal is noted and answered, a second one ends the process at once.
void onSignal(int signal) {
  const int before = errno;
  if (asked != 0 && millisecondsSince(askedAt) < graceMs) return;
  const std::string& text = asked == 0 ? *firstText : *secondText;
  // Nobody reads what cannot be written.
  if (write(STDERR_FILENO, text.data(), text.size()) < 0) errno = before;
  if (asked != 0) _exit(128 + signal);
  clock_gettime(CLOCK_MONOTONIC, &askedAt);
  asked = signal;
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
// the second signal the second text is written and the process ends with 128 + its number. Of one asking a process may hear twice, from
// the terminal and from a launcher: what comes within graceMs is the same one.
Napi::Value watchSignals(const Napi::CallbackInfo& info) {
  const std::string first = stringArgument(info, 0, "first");
  const std::string second = stringArgument(info, 1, "second");
  const int64_t grace = integerArgument(info, 2, "graceMs");
  if (grace < 0 || grace > 60000) throw ArgumentError("argument 'graceMs': expected 0 to 60000 but received " + std::to_string(grace));
  handle(SIG_DFL);
  graceMs = static_cast<long>(grace);
  *firstText = first;
  *secondText = second;
  asked = 0;
  handle(onSignal);
  return info.Env().Undefined();
}

// unwatchSignals(): what watchSignals began ends, and signals have their usual effect.
Napi::Value unwatchSignals(const Napi::CallbackInfo& info) {
  handle(SIG_DFL);
  return info.Env().Undefined();
}

// askedToStop(): the number of the signal that came, 0 when none did.
Napi::Value askedToStop(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), asked); }

// lockFile(descriptor): takes the open file's lock, which ends with the process or when the file is closed; false when another
// process has it.
Napi::Value lockFile(const Napi::CallbackInfo& info) {
  const int64_t descriptor = integerArgument(info, 0, "descriptor");
  if (descriptor < 0 || descriptor > std::numeric_limits<int>::max()) throw ArgumentError("argument 'descriptor': expected an open file");
  if (flock(static_cast<int>(descriptor), LOCK_EX | LOCK_NB) == 0) return Napi::Boolean::New(info.Env(), true);
  if (errno == EWOULDBLOCK) return Napi::Boolean::New(info.Env(), false);
  throw std::runtime_error(std::strerror(errno));
}

// endWithParent(parent): this process is asked to stop (SIGTERM) when its parent, of this number, ends in whatever way. Nothing where
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

void exportProcess(Napi::Env, Napi::Object exports) {
  exportFunction(exports, "watchSignals", watchSignals);
  exportFunction(exports, "unwatchSignals", unwatchSignals);
  exportFunction(exports, "askedToStop", askedToStop);
  exportFunction(exports, "lockFile", lockFile);
  exportFunction(exports, "endWithParent", endWithParent);
}

}  // namespace weight_search
