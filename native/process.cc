// What the process itself is asked: signals that stop it, and locks that end with it.
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <limits>
#include <string>

#include "addon.h"

namespace weight_search {

namespace {

// Read by the handler, so never freed: a signal may come at any moment.
std::string* const firstText = new std::string;
std::string* const secondText = new std::string;
volatile std::sig_atomic_t asked = 0;

// Node hands signals on between two turns of its loop, and a training step is one turn that may take minutes. This handler
// runs within it: the first signal is noted and answered, a second one ends the process at once.
void onSignal(int signal) {
  const int before = errno;
  const std::string& text = asked == 0 ? *firstText : *secondText;
  // Nobody reads what cannot be written.
  if (write(STDERR_FILENO, text.data(), text.size()) < 0) errno = before;
  if (asked != 0) _exit(128 + signal);
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

// watchSignals(first, second): from now on SIGINT and SIGTERM are noted and answered on standard error by the first text; at the
// second signal the second text is written and the process ends with 128 + its number.
Napi::Value watchSignals(const Napi::CallbackInfo& info) {
  const std::string first = stringArgument(info, 0, "first");
  const std::string second = stringArgument(info, 1, "second");
  handle(SIG_DFL);
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

}  // namespace

void exportProcess(Napi::Env, Napi::Object exports) {
  exportFunction(exports, "watchSignals", watchSignals);
  exportFunction(exports, "unwatchSignals", unwatchSignals);
  exportFunction(exports, "askedToStop", askedToStop);
  exportFunction(exports, "lockFile", lockFile);
}

}  // namespace weight_search
