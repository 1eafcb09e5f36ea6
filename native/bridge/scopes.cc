// Scopes and release: who frees a tensor.
#include "bridge/addon.h"

namespace weight_search {

namespace {

Napi::Value scopeEnter(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(data(info.Env()).tensors.enterScope()));
}

// scopeLeave(depth, kept handles)
Napi::Value scopeLeave(const Napi::CallbackInfo& info) {
  const int64_t depth = integerArgument(info, 0, "depth");
  data(info.Env()).tensors.leaveScope(static_cast<size_t>(depth), shapeArgument(info, 1, "kept"));
  return info.Env().Undefined();
}

Napi::Value release(const Napi::CallbackInfo& info) {
  data(info.Env()).tensors.release(integerArgument(info, 0, "tensor"));
  return info.Env().Undefined();
}

Napi::Value isLive(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), data(info.Env()).tensors.contains(integerArgument(info, 0, "tensor")));
}

Napi::Value liveCount(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(data(info.Env()).tensors.liveCount()));
}

}  // namespace

void exportScopes(Exports& exports) {
  exports.add("scopeEnter", "(): number", scopeEnter);
  exports.add("scopeLeave", "(depth: number, kept: readonly Handle[]): void", scopeLeave);
  exports.add("release", "(tensor: Handle): void", release);
  exports.add("isLive", "(tensor: Handle): boolean", isLive);
  exports.add("liveCount", "(): number", liveCount);
}

}  // namespace weight_search
