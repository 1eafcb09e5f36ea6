#include "bridge/exports.h"

#include "bridge/addon.h"
#include "bridge/errors.h"

namespace weight_search {

Napi::Error toJavaScript(Napi::Env env, const std::string& prefix, const std::exception& error) {
  const Error cause = withContext(prefix, error);
  Napi::Error thrown = cause.code() == ErrorCode::kArgument ? Napi::TypeError::New(env, cause.what()) : Napi::Error::New(env, cause.what());
  thrown.Set("code", Napi::String::New(env, nameOf(cause.code())));
  thrown.Set("reason", Napi::String::New(env, cause.reason()));
  return thrown;
}

namespace {

Napi::Value callGuarded(const Napi::CallbackInfo& info) {
  const auto& function = *static_cast<const ExportedFunction*>(info.Data());
  try {
    data(info.Env()).buffers->release(info.Env());
    return function.callback(info);
  } catch (const Napi::Error&) {
    throw;
  } catch (const std::exception& error) {
    throw toJavaScript(info.Env(), function.prefix, error);
  }
}

}  // namespace

void Exports::add(const char* name, const char* signature, Callback callback, Naming naming) {
  const Napi::Env env = object_.Env();
  auto& known = data(env).functions;
  const std::string prefix = naming == Naming::kByFunction ? std::string(name) + ": " : "";
  known.push_back({callback, prefix, interface_, std::string(name) + signature + ";"});
  object_.Set(name, Napi::Function::New<callGuarded>(env, name, &known.back()));
}

}  // namespace weight_search
