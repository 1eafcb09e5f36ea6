// What every topic of the addon shares: the state of one JavaScript environment (the main thread or a worker), and the
// wrapper that turns C++ exceptions into JavaScript errors.
#pragma once

#include <napi.h>

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "memory/buffer_bin.h"
#include "bridge/operator_cache.h"
#include "bridge/tensor_table.h"

namespace weight_search {

using Callback = Napi::Value (*)(const Napi::CallbackInfo&);

// A function given to JavaScript; `prefix` stands before the message of what it throws.
struct Export {
  Callback callback;
  std::string prefix;
};

struct AddonData {
  TensorTable tensors;
  OperatorCache operators;
  std::shared_ptr<BufferBin> buffers = std::make_shared<BufferBin>();
  std::deque<Export> exports;
};

inline AddonData& data(Napi::Env env) { return *env.GetInstanceData<AddonData>(); }

// The exception a topic throws when an argument from JavaScript is not what it must be.
struct ArgumentError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// LibTorch's message without its C++ backtrace.
std::string messageOf(const std::exception& error);

// Exports `callback` under `name`; whatever it throws becomes a JavaScript Error (TypeError for ArgumentError) that
// begins with the name, unless its messages name what was called themselves.
void exportFunction(Napi::Object exports, const char* name, Callback callback, bool namesItself = false);

// "float32 [2, 3]", for messages.
std::string describe(const at::Tensor& tensor);
std::string printShape(at::IntArrayRef shape);

// What LibTorch throws in `body`, with what the tensor is.
template <typename Body>
void onTensor(const at::Tensor& tensor, Body body) {
  try {
    body();
  } catch (const std::exception& error) {
    throw std::runtime_error("tensor " + describe(tensor) + ": " + messageOf(error));
  }
}

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

// Throws where the memory of a tensor may be gone; to be called before tensors' elements are touched.
void checkBorrowedMemory(Napi::Env env);

Napi::Value newHandle(Napi::Env env, at::Tensor tensor);

// The topics.
void exportTensors(Napi::Env env, Napi::Object exports);
void exportScopes(Napi::Env env, Napi::Object exports);
void exportOperators(Napi::Env env, Napi::Object exports);
void exportAutograd(Napi::Env env, Napi::Object exports);
void exportRuntime(Napi::Env env, Napi::Object exports);
void exportPrecision(Napi::Env env, Napi::Object exports);
void exportImages(Napi::Env env, Napi::Object exports);
void exportProfile(Napi::Env env, Napi::Object exports);
void exportProcess(Napi::Env env, Napi::Object exports);
// Where the build found Gloo's headers.
void exportDistributed(Napi::Env env, Napi::Object exports);

}  // namespace weight_search
