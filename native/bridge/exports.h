// The functions given to JavaScript. Each is registered with its TypeScript signature; src/tensor/addon-functions.ts is generated
// from these.
#pragma once

#include <napi.h>

#include <string>

namespace weight_search {

using Callback = Napi::Value (*)(const Napi::CallbackInfo&);

// A function as JavaScript sees it.
struct ExportedFunction {
  Callback callback;
  // Stands before the message of what it throws.
  std::string prefix;
  // The TypeScript interface that declares it, and its declaration there.
  std::string interface, declaration;
};

// Who names what was called in a message: the function by its own name, or its messages themselves.
enum class Naming { kByFunction, kByMessage };

// The functions of one TypeScript interface.
class Exports {
 public:
  Exports(Napi::Object object, const char* interface) : object_(object), interface_(interface) {}

  // Exports `callback` under `name`; `signature` is "(tensor: Handle): number[]". What it throws becomes a JavaScript Error
  // (TypeError for ArgumentError) with `code` and `reason` of errors.h.
  void add(const char* name, const char* signature, Callback callback, Naming naming = Naming::kByFunction);

 private:
  Napi::Object object_;
  const char* interface_;
};

}  // namespace weight_search
