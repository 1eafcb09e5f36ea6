// Gradients: recording, backward, and the gradient of a leaf.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "bridge/addon.h"

namespace weight_search {

namespace {

Napi::Value setRequiresGrad(const Napi::CallbackInfo& info) {
  const at::Tensor tensor = tensorArgument(info, 0, "tensor");
  const bool requiresGrad = booleanArgument(info, 1, "requiresGrad");
  onTensor(tensor, [&] {
    // LibTorch's own function checks the type alone, and does nothing to a result.
    TORCH_CHECK(tensor.is_leaf() || requiresGrad, "only a leaf can stop requiring a gradient: detach the result instead");
    tensor.set_requires_grad(requiresGrad);
  });
  return info.Env().Undefined();
}

Napi::Value requiresGrad(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), tensorArgument(info, 0, "tensor").requires_grad());
}

// version(tensor): how often its elements have been written since it was made.
Napi::Value version(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(tensorArgument(info, 0, "tensor")._version()));
}

// backward(tensor, gradient?): d tensor / d leaf is added to the gradient of every leaf.
Napi::Value backward(const Napi::CallbackInfo& info) {
  const at::Tensor tensor = tensorArgument(info, 0, "tensor");
  const bool seeded = info.Length() > 1 && !info[1].IsNull() && !info[1].IsUndefined();
  const at::Tensor gradient = seeded ? tensorArgument(info, 1, "gradient") : at::Tensor();
  checkBorrowedMemory(info.Env());
  onTensor(tensor, [&] { tensor.backward(gradient); });
  return info.Env().Undefined();
}

// grad(tensor): a handle to the accumulated gradient, or null.
Napi::Value grad(const Napi::CallbackInfo& info) {
  return newHandle(info.Env(), tensorArgument(info, 0, "tensor").grad());
}

Napi::Value clearGrad(const Napi::CallbackInfo& info) {
  tensorArgument(info, 0, "tensor").mutable_grad().reset();
  return info.Env().Undefined();
}

// setGradEnabled(enabled): for this thread; returns what was in force.
Napi::Value setGradEnabled(const Napi::CallbackInfo& info) {
  const bool before = at::GradMode::is_enabled();
  at::GradMode::set_enabled(booleanArgument(info, 0, "enabled"));
  return Napi::Boolean::New(info.Env(), before);
}

}  // namespace

void exportAutograd(Exports& exports) {
  exports.add("setRequiresGrad", "(tensor: Handle, requiresGrad: boolean): void", setRequiresGrad);
  exports.add("requiresGrad", "(tensor: Handle): boolean", requiresGrad);
  exports.add("version", "(tensor: Handle): number", version);
  exports.add("backward", "(tensor: Handle, gradient?: Handle | null): void", backward);
  exports.add("grad", "(tensor: Handle): Handle | null", grad);
  exports.add("clearGrad", "(tensor: Handle): void", clearGrad);
  exports.add("setGradEnabled", "(enabled: boolean): boolean", setGradEnabled);
}

}  // namespace weight_search
