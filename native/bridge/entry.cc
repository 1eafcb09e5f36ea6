// The addon's entry: one AddonData an environment, then the topics.
#include "bridge/addon.h"

namespace weight_search {

namespace {

// declarations(): what src/tensor/addon-functions.ts declares: the interfaces' functions, and the codes of errors.
Napi::Value declarations(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto interfaces = Napi::Object::New(env);
  for (const ExportedFunction& function : data(env).functions) {
    if (!interfaces.Has(function.interface)) interfaces.Set(function.interface, Napi::Array::New(env));
    auto list = interfaces.Get(function.interface).As<Napi::Array>();
    list.Set(list.Length(), Napi::String::New(env, function.declaration));
  }
  auto codes = Napi::Array::New(env);
  for (const ErrorCode code : kErrorCodes) codes.Set(codes.Length(), Napi::String::New(env, nameOf(code)));
  auto result = Napi::Object::New(env);
  result.Set("interfaces", interfaces);
  result.Set("errorCodes", codes);
  return result;
}

Napi::Object init(Napi::Env env, Napi::Object object) {
  env.SetInstanceData(new AddonData());
  Exports exports(object, "Addon");
  exportTensors(exports);
  exportScopes(exports);
  exportOperators(exports);
  exportAutograd(exports);
  try {
    exportRuntime(exports);
  } catch (const std::exception& error) {
    throw toJavaScript(env, "", error);
  }
  exportPrecision(exports);
  exportImages(exports);
  exportProfile(exports);
  exportProcess(exports);
  exports.add("declarations", "(): Declarations", declarations);
#ifdef HAVE_DISTRIBUTED
  Exports distributed(object, "DistributedAddon");
  exportDistributed(distributed);
#endif
  return object;
}

}  // namespace

}  // namespace weight_search

static Napi::Object init(Napi::Env env, Napi::Object exports) { return weight_search::init(env, exports); }

NODE_API_MODULE(weight_search, init)
