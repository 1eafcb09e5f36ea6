#include "bridge/errors.h"

#include <c10/util/Exception.h>

#include <algorithm>
#include <cctype>
#include <initializer_list>
#include <new>

namespace weight_search {

namespace {

bool mentions(const std::string& text, std::initializer_list<const char*> signs) {
  std::string lower(text.size(), ' ');
  std::transform(text.begin(), text.end(), lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::any_of(signs.begin(), signs.end(), [&](const char* sign) { return lower.find(sign) != std::string::npos; });
}

}  // namespace

const char* nameOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kArgument: return "ERR_ARGUMENT";
    case ErrorCode::kOutOfMemory: return "ERR_OUT_OF_MEMORY";
    case ErrorCode::kCommunication: return "ERR_COMMUNICATION";
    case ErrorCode::kAddressInUse: return "ERR_ADDRESS_IN_USE";
    case ErrorCode::kEnvironment: return "ERR_ENVIRONMENT";
    case ErrorCode::kImage: return "ERR_IMAGE";
    case ErrorCode::kOperationFailed: break;
  }
  return "ERR_OPERATION_FAILED";
}

std::string messageOf(const std::exception& error) {
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) return "out of memory";
  const auto* torchError = dynamic_cast<const c10::Error*>(&error);
  std::string text = torchError ? torchError->what_without_backtrace() : error.what();
  // Some of LibTorch's own messages carry where they were raised; that is no help from JavaScript.
  const auto raised = text.find("\nException raised from");
  if (raised != std::string::npos) text.resize(raised);
  // An operator that a backend lacks: LibTorch appends pages of where each other backend's was registered.
  for (const char* guess : {" This could be because the operator doesn't exist for this backend", "  Available functions are ["}) {
    const auto begin = text.find(guess);
    if (begin != std::string::npos) text.resize(begin);
  }
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.pop_back();
  return text;
}

ErrorCode codeOf(const std::exception& error) {
  if (const auto* own = dynamic_cast<const Error*>(&error)) return own->code();
  if (dynamic_cast<const std::bad_alloc*>(&error) || dynamic_cast<const c10::OutOfMemoryError*>(&error)) return ErrorCode::kOutOfMemory;
  const std::string text = messageOf(error);
  // LibTorch's allocator for the CPU, CUDA's runtime and Metal have no type of their own for it, nor has c10d for a port.
  if (mentions(text, {"out of memory", "can't allocate memory", "bad_alloc"})) return ErrorCode::kOutOfMemory;
  if (mentions(text, {"address already in use", "eaddrinuse"})) return ErrorCode::kAddressInUse;
  return ErrorCode::kOperationFailed;
}

Error withContext(const std::string& context, const std::exception& error) {
  const std::string message = messageOf(error);
  const auto* own = dynamic_cast<const Error*>(&error);
  return Error(codeOf(error), context + message, own ? own->reason() : message);
}

}  // namespace weight_search
