// Where the time of LibTorch's operators and of autograd's nodes goes, by LibTorch's own RecordFunction: nothing is
// registered, and nothing costs, until startProfile.
#include <ATen/record_function.h>

#include <chrono>
#include <map>
#include <tuple>

#include "bridge/addon.h"

namespace weight_search {

namespace {

using Clock = std::chrono::steady_clock;

// What tells calls of one operator apart: a tensor's shape, or a list of integers or booleans.
struct Input {
  enum Kind { kOther, kShape, kList } kind = kOther;
  std::vector<int64_t> numbers;
  bool operator<(const Input& other) const { return std::tie(kind, numbers) < std::tie(other.kind, other.numbers); }
};

// The operator's name, whether it is a node of the backward pass, and its inputs.
using Key = std::tuple<std::string, bool, std::vector<Input>>;

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

// Nothing of single numbers: they may differ from step to step.
Input inputOf(const c10::IValue& value) {
  if (value.isTensor() && value.toTensor().defined()) return {Input::kShape, value.toTensor().sizes().vec()};
  if (value.isIntList()) return {Input::kList, value.toIntVector()};
  if (value.isBoolList()) {
    const auto list = value.toBoolList();
    return {Input::kList, {list.begin(), list.end()}};
  }
  return {};
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
  std::vector<Input> inputs;
  if (profile->withInputs) {
    for (const c10::IValue& input : function.inputs()) inputs.push_back(inputOf(input));
  }
  const size_t count = inputs.size();
  const bool backward = function.scope() == at::RecordScope::BACKWARD_FUNCTION;
  const auto [entry, isNew] = profile->rows.try_emplace({function.name(), backward, std::move(inputs)});
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
  const auto& [name, backward, inputs] = key;
  auto shapes = Napi::Object::New(env), lists = Napi::Object::New(env);
  for (size_t i = 0; i < inputs.size(); ++i) {
    const auto& [kind, numbers] = inputs[i];
    if (kind == Input::kOther) continue;
    auto array = Napi::Array::New(env, numbers.size());
    for (uint32_t at = 0; at < numbers.size(); ++at) array.Set(at, static_cast<double>(numbers[at]));
    (kind == Input::kShape ? shapes : lists).Set(row.inputNames[i], array);
  }
  auto object = Napi::Object::New(env);
  object.Set("name", name);
  object.Set("backward", backward);
  object.Set("calls", static_cast<double>(row.calls));
  object.Set("selfMicroseconds", std::chrono::duration<double, std::micro>(row.self).count());
  object.Set("shapes", shapes);
  object.Set("lists", lists);
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

void exportProfile(Exports& exports) {
  exports.add("startProfile", "(withInputs: boolean): void", startProfile);
  exports.add("stopProfile", "(): OperatorTime[]", stopProfile);
}

}  // namespace weight_search
