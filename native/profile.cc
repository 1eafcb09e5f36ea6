// Where the time of LibTorch's operators and of autograd's nodes goes, by LibTorch's own RecordFunction: nothing is
// registered, and nothing costs, until startProfile.
#include <ATen/record_function.h>

#include <chrono>
#include <map>
#include <optional>
#include <tuple>

#include "addon.h"

namespace weight_search {

namespace {

using Clock = std::chrono::steady_clock;
using Sizes = std::optional<std::vector<int64_t>>;

// The operator's name, whether it is a node of the backward pass, and what is known of its inputs.
using Key = std::tuple<std::string, bool, std::vector<Sizes>>;

struct Row {
  int64_t calls = 0;
  Clock::duration self{0};
  std::vector<std::string> inputNames;
};

// One call that has begun and not ended. Calls nest: what the inner ones take is not the outer one's own time.
struct Frame : at::ObserverContext {
  Row* row = nullptr;
  Frame* outer = nullptr;
  Clock::duration inner{0};
  Clock::time_point begin;
};

struct Profile {
  bool withInputs;
  at::CallbackHandle callback;
  std::map<Key, Row> rows;
  Frame* innermost = nullptr;
};

// Of the thread that called startProfile; LibTorch may hand the callback on to threads that have none.
thread_local std::unique_ptr<Profile> profile;

// A tensor's shape, or a list of integers or booleans as it is; nothing of what differs from step to step.
Sizes sizesOf(const c10::IValue& value) {
  if (value.isTensor()) return value.toTensor().defined() ? Sizes(value.toTensor().sizes().vec()) : std::nullopt;
  if (value.isIntList()) return value.toIntVector();
  if (value.isBoolList()) {
    const auto list = value.toBoolList();
    return std::vector<int64_t>(list.begin(), list.end());
  }
  return std::nullopt;
}

// Operators name their inputs; autograd's nodes do not, so they are numbered.
std::vector<std::string> inputNames(const at::RecordFunction& function, size_t count) {
  std::vector<std::string> names;
  const auto schema = function.operator_schema();
  for (size_t i = 0; i < count; ++i) {
    const bool named = schema.has_value() && i < schema->arguments().size();
    names.push_back(named ? schema->arguments()[i].name() : std::to_string(i));
  }
  return names;
}

std::unique_ptr<at::ObserverContext> begin(const at::RecordFunction& function) {
  if (!profile) return nullptr;
  std::vector<Sizes> sizes;
  if (profile->withInputs) {
    for (const c10::IValue& input : function.inputs()) sizes.push_back(sizesOf(input));
  }
  const size_t count = sizes.size();
  const bool backward = function.scope() == at::RecordScope::BACKWARD_FUNCTION;
  const auto [entry, isNew] = profile->rows.try_emplace({function.name(), backward, std::move(sizes)});
  if (isNew) entry->second.inputNames = inputNames(function, count);
  auto frame = std::make_unique<Frame>();
  frame->row = &entry->second;
  frame->outer = std::exchange(profile->innermost, frame.get());
  frame->begin = Clock::now();
  return frame;
}

void end(const at::RecordFunction&, at::ObserverContext* context) {
  if (!profile || context == nullptr) return;
  const auto* frame = static_cast<Frame*>(context);
  const auto elapsed = Clock::now() - frame->begin;
  frame->row->calls += 1;
  frame->row->self += elapsed - frame->inner;
  if (frame->outer) frame->outer->inner += elapsed;
  profile->innermost = frame->outer;
}

// startProfile(withInputs): from now on, of this thread.
Napi::Value startProfile(const Napi::CallbackInfo& info) {
  const bool withInputs = booleanArgument(info, 0, "withInputs");
  if (profile) throw std::runtime_error("a profile is being taken already");
  auto callback = at::RecordFunctionCallback(begin, end).needsInputs(withInputs).scopes(
      {at::RecordScope::FUNCTION, at::RecordScope::BACKWARD_FUNCTION});
  profile = std::make_unique<Profile>();
  profile->withInputs = withInputs;
  profile->callback = at::addThreadLocalCallback(std::move(callback));
  return info.Env().Undefined();
}

Napi::Object rowObject(Napi::Env env, const Key& key, const Row& row) {
  const auto& [name, backward, sizes] = key;
  auto inputs = Napi::Object::New(env);
  for (size_t i = 0; i < sizes.size(); ++i) {
    if (!sizes[i]) continue;
    auto array = Napi::Array::New(env, sizes[i]->size());
    for (size_t axis = 0; axis < sizes[i]->size(); ++axis) {
      array.Set(static_cast<uint32_t>(axis), static_cast<double>((*sizes[i])[axis]));
    }
    inputs.Set(row.inputNames[i], array);
  }
  auto object = Napi::Object::New(env);
  object.Set("name", name);
  object.Set("backward", backward);
  object.Set("calls", static_cast<double>(row.calls));
  object.Set("selfMicroseconds", std::chrono::duration<double, std::micro>(row.self).count());
  object.Set("inputs", inputs);
  return object;
}

// stopProfile(): the rows since startProfile.
Napi::Value stopProfile(const Napi::CallbackInfo& info) {
  if (!profile) throw std::runtime_error("no profile is being taken");
  at::removeCallback(profile->callback);
  const auto finished = std::move(profile);
  auto rows = Napi::Array::New(info.Env(), finished->rows.size());
  uint32_t index = 0;
  for (const auto& [key, row] : finished->rows) rows.Set(index++, rowObject(info.Env(), key, row));
  return rows;
}

}  // namespace

void exportProfile(Napi::Env, Napi::Object exports) {
  exportFunction(exports, "startProfile", startProfile);
  exportFunction(exports, "stopProfile", stopProfile);
}

}  // namespace weight_search
