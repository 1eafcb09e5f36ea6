// Reads of arguments from JavaScript, and what messages say of them.
#include "bridge/addon.h"

#include <cmath>

#include "bridge/dtype.h"

namespace weight_search {

std::string printShape(at::IntArrayRef shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

std::string describe(const at::Tensor& tensor) { return nameOf(tensor.scalar_type()) + " " + printShape(tensor.sizes()); }

namespace {

const Napi::Value argument(const Napi::CallbackInfo& info, size_t position) { return info[position]; }

[[noreturn]] void expected(const char* name, const char* what, const Napi::Value& value) {
  throw ArgumentError(std::string("argument '") + name + "': expected " + what + " but received " + kindOf(value));
}

}  // namespace

std::string kindOf(const Napi::Value& value) {
  if (value.IsEmpty() || value.IsUndefined()) return "undefined";
  if (value.IsNull()) return "null";
  if (value.IsBoolean()) return "a boolean";
  if (value.IsString()) return "the string '" + value.As<Napi::String>().Utf8Value().substr(0, 40) + "'";
  if (value.IsNumber()) return "the number " + value.ToString().Utf8Value();
  if (value.IsBigInt()) return "a bigint";
  if (value.IsTypedArray()) return "a typed array";
  if (value.IsArray()) return "an array";
  if (value.IsFunction()) return "a function";
  if (value.IsSymbol()) return "a symbol";
  return "an object";
}

bool readInteger(const Napi::Value& value, int64_t& out) {
  if (value.IsNumber()) {
    const double number = value.As<Napi::Number>().DoubleValue();
    if (!(std::abs(number) <= 9007199254740992.0) || number != std::floor(number)) return false;
    out = static_cast<int64_t>(number);
    return true;
  }
  if (value.IsBigInt()) {
    bool lossless = false;
    out = value.As<Napi::BigInt>().Int64Value(&lossless);
    return lossless;
  }
  return false;
}

at::Tensor tensorArgument(const Napi::CallbackInfo& info, size_t position, const char* name) {
  const Napi::Value value = argument(info, position);
  int64_t handle = 0;
  if (!value.IsNumber() || !readInteger(value, handle)) expected(name, "a tensor handle", value);
  return data(info.Env()).tensors.get(handle);
}

int64_t integerArgument(const Napi::CallbackInfo& info, size_t position, const char* name) {
  int64_t out = 0;
  if (!readInteger(argument(info, position), out)) expected(name, "an integer", argument(info, position));
  return out;
}

bool booleanArgument(const Napi::CallbackInfo& info, size_t position, const char* name) {
  const Napi::Value value = argument(info, position);
  if (!value.IsBoolean()) expected(name, "a boolean", value);
  return value.As<Napi::Boolean>().Value();
}

std::string stringArgument(const Napi::CallbackInfo& info, size_t position, const char* name) {
  const Napi::Value value = argument(info, position);
  if (!value.IsString()) expected(name, "a string", value);
  return value.As<Napi::String>().Utf8Value();
}

std::vector<int64_t> shapeArgument(const Napi::CallbackInfo& info, size_t position, const char* name) {
  const Napi::Value value = argument(info, position);
  if (!value.IsArray()) expected(name, "an array of sizes", value);
  const auto array = value.As<Napi::Array>();
  std::vector<int64_t> shape;
  // Not sized beforehand: a sparse array may claim any length.
  for (uint32_t i = 0; i < array.Length(); ++i) {
    const Napi::Value element = array.Get(i);
    int64_t size = 0;
    if (!readInteger(element, size) || size < 0) expected(name, "sizes >= 0", element);
    shape.push_back(size);
  }
  return shape;
}

void checkBorrowedMemory(Napi::Env env) {
  if (!data(env).buffers->isAnyDetached(env)) return;
  throw std::runtime_error("a typed array that shares its memory with a tensor was transferred: release that tensor first");
}

Napi::Value newHandle(Napi::Env env, at::Tensor tensor) {
  if (!tensor.defined()) return env.Null();
  return Napi::Number::New(env, static_cast<double>(data(env).tensors.add(std::move(tensor))));
}

}  // namespace weight_search
