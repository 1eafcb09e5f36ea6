// What every topic of the addon shares: the state of one JavaScript environment (the main thread or a worker), and the
// wrapper that turns C++ exceptions into JavaScript errors.
#pragma once

#include <napi.h>

#include <memory>
#include <string>
#include <vector>

#include "buffer_bin.h"
#include "operator_cache.h"
#include "tensor_table.h"

namespace weight_search {

struct AddonData {
  TensorTable tensors;
  OperatorCache operators;
  std::shared_ptr<BufferBin> buffers = std::make_shared<BufferBin>();
};

inline AddonData& data(Napi::Env env) { return *env.GetInstanceData<AddonData>(); }

// The exception a topic throws when an argument from JavaScript is not what it must be.
struct ArgumentError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// LibTorch's message without its C++ backtrace.
std::string messageOf(const std::exception& error);

using Callback = Napi::Value (*)(const Napi::CallbackInfo&);

// Exports `callback` under `name`; whatever it throws becomes a JavaScript Error (TypeError for ArgumentError).
void exportFunction(Napi::Object exports, const char* name, Callback callback);

// Reads of arguments, each an ArgumentError that names the argument when it is missing or of another type.
at::Tensor tensorArgument(const Napi::CallbackInfo& info, size_t position, const char* name);
int64_t integerArgument(const Napi::CallbackInfo& info, size_t position, const char* name);
bool booleanArgument(const Napi::CallbackInfo& info, size_t position, const char* name);
std::string stringArgument(const Napi::CallbackInfo& info, size_t position, const char* name);
std::vector<int64_t> shapeArgument(const Napi::CallbackInfo& info, size_t position, const char* name);

// A word for what a JavaScript value is, for messages: "string", "array", "undefined", …
std::string kindOf(const Napi::Value& value);

// Integers that JavaScript numbers and BigInts can carry exactly.
bool readInteger(const Napi::Value& value, int64_t& out);

Napi::Value newHandle(Napi::Env env, at::Tensor tensor);

// The topics.
void exportTensors(Napi::Env env, Napi::Object exports);
void exportScopes(Napi::Env env, Napi::Object exports);
void exportOperators(Napi::Env env, Napi::Object exports);
void exportAutograd(Napi::Env env, Napi::Object exports);
void exportRuntime(Napi::Env env, Napi::Object exports);

}  // namespace weight_search
