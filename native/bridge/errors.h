// Errors that cross to JavaScript: each carries a code, so that no caller has to read messages.
#pragma once

#include <stdexcept>
#include <string>

namespace weight_search {

enum class ErrorCode { kOperationFailed, kArgument, kOutOfMemory, kCommunication, kAddressInUse, kEnvironment, kImage };

constexpr ErrorCode kErrorCodes[] = {ErrorCode::kOperationFailed, ErrorCode::kArgument,    ErrorCode::kOutOfMemory,
                                     ErrorCode::kCommunication,   ErrorCode::kAddressInUse, ErrorCode::kEnvironment,
                                     ErrorCode::kImage};

// What JavaScript reads as `code`: "ERR_OUT_OF_MEMORY", …
const char* nameOf(ErrorCode code);

class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message) : Error(code, message, message) {}
  // `reason` is the message without what was being called.
  Error(ErrorCode code, const std::string& message, std::string reason)
      : std::runtime_error(message), code_(code), reason_(std::move(reason)) {}

  ErrorCode code() const { return code_; }
  const std::string& reason() const { return reason_; }

 private:
  ErrorCode code_;
  std::string reason_;
};

// An argument from JavaScript is not what it must be: a TypeError there.
struct ArgumentError : Error {
  explicit ArgumentError(const std::string& message) : Error(ErrorCode::kArgument, message) {}
};

// Another process cannot be reached, or does not answer in time.
struct CommunicationError : Error {
  CommunicationError(ErrorCode code, const std::string& reason) : Error(code, "communication: " + reason, reason) {}
};

// An environment variable has a value that is not known.
struct EnvironmentError : Error {
  explicit EnvironmentError(const std::string& message) : Error(ErrorCode::kEnvironment, message) {}
};

// The bytes of an image are damaged, or more than is decoded.
struct ImageError : Error {
  explicit ImageError(const std::string& message) : Error(ErrorCode::kImage, message) {}
};

// LibTorch's message without its C++ backtrace.
std::string messageOf(const std::exception& error);

// The only place that tells kinds of errors apart, LibTorch's too, some of which differ in their messages alone.
ErrorCode codeOf(const std::exception& error);

// The error with `context` before its message; code and reason stay.
Error withContext(const std::string& context, const std::exception& error);

}  // namespace weight_search
