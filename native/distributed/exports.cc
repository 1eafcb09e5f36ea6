// Groups of processes and gradient reductions for JavaScript, by numbers.
#include <ATen/ATen.h>
#include <torch/csrc/distributed/c10d/Types.hpp>

#include <limits>
#include <map>
#include <mutex>

#include "bridge/addon.h"
#include "distributed/gradient_reduction.h"
#include "distributed/process_group.h"

namespace weight_search {

namespace {

// Never freed: a group that still waits for a process that is gone would keep this one from ending.
template <typename Kind>
class Registry {
 public:
  int64_t add(std::shared_ptr<Kind> item) {
    const std::lock_guard<std::mutex> guard(mutex_);
    items_.emplace(++last_, std::move(item));
    return last_;
  }
  std::shared_ptr<Kind> get(int64_t number, const char* what) {
    const std::lock_guard<std::mutex> guard(mutex_);
    const auto found = items_.find(number);
    if (found == items_.end()) throw ArgumentError(std::string("no ") + what + " has number " + std::to_string(number));
    return found->second;
  }
  void remove(int64_t number) {
    const std::lock_guard<std::mutex> guard(mutex_);
    items_.erase(number);
  }

 private:
  std::mutex mutex_;
  std::map<int64_t, std::shared_ptr<Kind>> items_;
  int64_t last_ = 0;
};

Registry<ProcessGroup>& groups() {
  static auto* const registry = new Registry<ProcessGroup>;
  return *registry;
}

Registry<GradientReduction>& reductions() {
  static auto* const registry = new Registry<GradientReduction>;
  return *registry;
}

int64_t integerBetween(const Napi::CallbackInfo& info, size_t position, const char* name, int64_t min, int64_t max) {
  const int64_t value = integerArgument(info, position, name);
  if (value >= min && value <= max) return value;
  throw ArgumentError(std::string("argument '") + name + "': expected " + std::to_string(min) + " to " + std::to_string(max) +
                      " but received " + std::to_string(value));
}

std::shared_ptr<ProcessGroup> groupArgument(const Napi::CallbackInfo& info) { return processGroup(integerArgument(info, 0, "group")); }

std::shared_ptr<GradientReduction> reductionArgument(const Napi::CallbackInfo& info) {
  return reductions().get(integerArgument(info, 0, "reduction"), "gradient reduction");
}

// A tensor whose elements may go over the wire as they lie.
at::Tensor summand(const Napi::CallbackInfo& info) {
  const at::Tensor tensor = tensorArgument(info, 1, "tensor");
  if (!tensor.is_contiguous() || tensor.layout() != at::kStrided) throw ArgumentError("argument 'tensor': expected a contiguous tensor");
  if (tensor.requires_grad()) throw ArgumentError("argument 'tensor': expected one that requires no gradient");
  checkBorrowedMemory(info.Env());
  return tensor;
}

constexpr int64_t kMaxProcesses = 65536;
constexpr int64_t kMaxTimeoutMs = int64_t{1000} * 60 * 60 * 24 * 7;

// openProcessGroup(rank, size, host, port, hostsStore, prefix, timeoutMs): opens the store; the group's number.
Napi::Value openProcessGroup(const Napi::CallbackInfo& info) {
  GroupOptions options;
  options.size = static_cast<int>(integerBetween(info, 1, "size", 1, kMaxProcesses));
  options.rank = static_cast<int>(integerBetween(info, 0, "rank", 0, options.size - 1));
  options.host = stringArgument(info, 2, "host");
  options.port = static_cast<uint16_t>(integerBetween(info, 3, "port", 1, 65535));
  options.hostsStore = booleanArgument(info, 4, "hostsStore");
  options.prefix = stringArgument(info, 5, "prefix");
  options.timeout = std::chrono::milliseconds(integerBetween(info, 6, "timeoutMs", 1, kMaxTimeoutMs));
  const int64_t number = groups().add(std::make_shared<ProcessGroup>(options));
  return Napi::Number::New(info.Env(), static_cast<double>(number));
}

// connectProcessGroup(group): connects every process with every other one.
Napi::Value connectProcessGroup(const Napi::CallbackInfo& info) {
  groupArgument(info)->connect();
  return info.Env().Undefined();
}

// connectGradients(group, nccl): connects them once more, for gradients.
Napi::Value connectGradients(const Napi::CallbackInfo& info) {
  groupArgument(info)->connectGradients(booleanArgument(info, 1, "nccl"));
  return info.Env().Undefined();
}

Napi::Value hasNccl(const Napi::CallbackInfo& info) {
#ifdef HAVE_NCCL
  return Napi::Boolean::New(info.Env(), true);
#else
  return Napi::Boolean::New(info.Env(), false);
#endif
}

// closeProcessGroup(group): closes the connections, when nothing is under way on them.
Napi::Value closeProcessGroup(const Napi::CallbackInfo& info) {
  groups().remove(integerArgument(info, 0, "group"));
  return info.Env().Undefined();
}

// groupSum(group, tensor): the sum over all processes, in place.
Napi::Value groupSum(const Napi::CallbackInfo& info) {
  groupArgument(info)->sum(summand(info));
  return info.Env().Undefined();
}

// groupStartSum(group, tensor): begins such a sum; its number, for groupFinishSum. Until then the tensor is not to be touched.
Napi::Value groupStartSum(const Napi::CallbackInfo& info) {
  const auto group = groupArgument(info);
  return Napi::Number::New(info.Env(), static_cast<double>(group->keep(group->startSum(summand(info)))));
}

Napi::Value groupFinishSum(const Napi::CallbackInfo& info) {
  groupArgument(info)->finish(integerArgument(info, 1, "sum"));
  return info.Env().Undefined();
}

// groupBroadcast(group, tensor): the first process's elements, in place.
Napi::Value groupBroadcast(const Napi::CallbackInfo& info) {
  const at::Tensor tensor = tensorArgument(info, 1, "tensor").detach();
  checkBorrowedMemory(info.Env());
  groupArgument(info)->broadcast(tensor);
  return info.Env().Undefined();
}

// groupSet(group, key, text): leaves a text in the store.
Napi::Value groupSet(const Napi::CallbackInfo& info) {
  groupArgument(info)->set(stringArgument(info, 1, "key"), stringArgument(info, 2, "text"));
  return info.Env().Undefined();
}

// groupGet(group, key, timeoutMs): what a process left there; null when none does in time.
Napi::Value groupGet(const Napi::CallbackInfo& info) {
  const auto timeout = std::chrono::milliseconds(integerBetween(info, 2, "timeoutMs", 1, kMaxTimeoutMs));
  std::string text;
  if (!groupArgument(info)->get(stringArgument(info, 1, "key"), timeout, text)) return info.Env().Null();
  return Napi::String::New(info.Env(), text);
}

// groupAdd(group, key, amount): adds to a counter in the store, and returns it.
Napi::Value groupAdd(const Napi::CallbackInfo& info) {
  const int64_t sum = groupArgument(info)->add(stringArgument(info, 1, "key"), integerArgument(info, 2, "amount"));
  return Napi::Number::New(info.Env(), static_cast<double>(sum));
}

// openGradientReduction(group, tensors, bucketBytes): see GradientReduction; its number.
Napi::Value openGradientReduction(const Napi::CallbackInfo& info) {
  const auto group = groupArgument(info);
  if (!info[1].IsArray()) throw ArgumentError("argument 'tensors': expected an array of tensor handles but received " + kindOf(info[1]));
  const int64_t bucketBytes = integerBetween(info, 2, "bucketBytes", 1, std::numeric_limits<int32_t>::max());
  std::vector<at::Tensor> leaves;
  const auto handles = info[1].As<Napi::Array>();
  for (uint32_t i = 0; i < handles.Length(); ++i) {
    int64_t handle = 0;
    const Napi::Value element = handles.Get(i);
    if (!readInteger(element, handle)) throw ArgumentError("argument 'tensors': expected tensor handles but received " + kindOf(element));
    leaves.push_back(data(info.Env()).tensors.get(handle));
  }
  const int64_t number = reductions().add(std::make_shared<GradientReduction>(group, std::move(leaves), bucketBytes));
  return Napi::Number::New(info.Env(), static_cast<double>(number));
}

Napi::Value beginGradientReduction(const Napi::CallbackInfo& info) {
  reductionArgument(info)->begin();
  return info.Env().Undefined();
}

// finishGradientReduction(reduction): a timeline, [when the backward pass ended, when the last sum ended, then for each bucket its bytes
// and when its sum began and ended], milliseconds after the beginning.
Napi::Value finishGradientReduction(const Napi::CallbackInfo& info) {
  const GradientReduction::Timeline timeline = reductionArgument(info)->finish();
  auto result = Napi::Float64Array::New(info.Env(), 2 + 3 * timeline.spans.size());
  size_t at = 0;
  result[at++] = timeline.backwardEnd;
  result[at++] = timeline.end;
  for (const auto& [bytes, started, finished] : timeline.spans) {
    result[at++] = static_cast<double>(bytes);
    result[at++] = started;
    result[at++] = finished;
  }
  return result;
}

Napi::Value closeGradientReduction(const Napi::CallbackInfo& info) {
  reductions().remove(integerArgument(info, 0, "reduction"));
  return info.Env().Undefined();
}

}  // namespace

std::shared_ptr<ProcessGroup> processGroup(int64_t number) { return groups().get(number, "process group"); }

void exportDistributed(Exports& exports) {
  exports.add("openProcessGroup",
              "(rank: number, size: number, host: string, port: number, hostsStore: boolean, prefix: string, timeoutMs: number): number",
              openProcessGroup);
  exports.add("connectProcessGroup", "(group: number): void", connectProcessGroup);
  exports.add("connectGradients", "(group: number, nccl: boolean): void", connectGradients);
  exports.add("hasNccl", "(): boolean", hasNccl);
  exports.add("closeProcessGroup", "(group: number): void", closeProcessGroup);
  exports.add("groupSum", "(group: number, tensor: Handle): void", groupSum);
  exports.add("groupStartSum", "(group: number, tensor: Handle): number", groupStartSum);
  exports.add("groupFinishSum", "(group: number, sum: number): void", groupFinishSum);
  exports.add("groupBroadcast", "(group: number, tensor: Handle): void", groupBroadcast);
  exports.add("groupSet", "(group: number, key: string, text: string): void", groupSet);
  exports.add("groupGet", "(group: number, key: string, timeoutMs: number): string | null", groupGet);
  exports.add("groupAdd", "(group: number, key: string, amount: number): number", groupAdd);
  exports.add("openGradientReduction", "(group: number, tensors: readonly Handle[], bucketBytes: number): number",
              openGradientReduction);
  exports.add("beginGradientReduction", "(reduction: number): void", beginGradientReduction);
  exports.add("finishGradientReduction", "(reduction: number): Float64Array", finishGradientReduction);
  exports.add("closeGradientReduction", "(reduction: number): void", closeGradientReduction);
}

}  // namespace weight_search
