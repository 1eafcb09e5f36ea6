// What every topic of the addon shares: the state of one JavaScript environment (the main thread or a worker), and reads of
// its functions' arguments.
#pragma once

#include <napi.h>

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "bridge/errors.h"
#include "bridge/exports.h"
#include "bridge/operator_cache.h"
#include "bridge/tensor_table.h"
#include "memory/buffer_bin.h"

namespace weight_search {

struct AddonData {
  TensorTable tensors;
  OperatorCache operators;
  std::shared_ptr<BufferBin> buffers = std::make_shared<BufferBin>();
  std::deque<ExportedFunction> functions;
};

inline AddonData& data(Napi::Env env) { return *env.GetInstanceData<AddonData>(); }

// The JavaScript error for a C++ one, `prefix` before its message.
Napi::Error toJavaScript(Napi::Env env, const std::string& prefix, const std::exception& error);

// "float32 [2, 3]", for messages.
std::string describe(const at::Tensor& tensor);
std::string printShape(at::IntArrayRef shape);

// What LibTorch throws in `body`, with what the tensor is.
template <typename Body>
void onTensor(const at::Tensor& tensor, Body body) {
  try {
    body();
  } catch (const std::exception& error) {
    throw withContext("tensor " + describe(tensor) + ": ", error);
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
void exportTensors(Exports& exports);
void exportScopes(Exports& exports);
void exportOperators(Exports& exports);
void exportAutograd(Exports& exports);
void exportRuntime(Exports& exports);
void exportPrecision(Exports& exports);
void exportImages(Exports& exports);
void exportProfile(Exports& exports);
void exportProcess(Exports& exports);
// Where the build found Gloo's headers.
void exportDistributed(Exports& exports);

}  // namespace weight_search
