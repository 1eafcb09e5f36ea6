// The bridge: any operator of LibTorch's dispatcher, called boxed, its schema converting the arguments.
#include <ATen/core/stack.h>

#include "bridge/addon.h"
#include "bridge/convert.h"

namespace weight_search {

namespace {

std::string fullName(const c10::FunctionSchema& schema) {
  return schema.name() + (schema.overload_name().empty() ? "" : "." + schema.overload_name());
}

// "aten::mm(self: float32 [2, 3], mat2: float32 [4, 5])", for messages.
std::string describeCall(const c10::FunctionSchema& schema, const std::vector<c10::IValue>& arguments) {
  std::string text;
  for (size_t i = 0; i < arguments.size(); ++i) {
    std::string value;
    if (arguments[i].isTensor() && arguments[i].toTensor().defined()) {
      value = describe(arguments[i].toTensor());
    } else if (arguments[i].isTensorList()) {
      const auto tensors = arguments[i].toTensorVector();
      for (const at::Tensor& tensor : tensors) value += (value.empty() ? "[" : ", ") + describe(tensor);
      value += value.empty() ? "[]" : "]";
    } else {
      continue;
    }
    text += (text.empty() ? "" : ", ") + schema.arguments()[i].name() + ": " + value;
  }
  return fullName(schema) + "(" + text + ")";
}

// LibTorch makes plain tensors of views that stand for negatives or conjugates, and afterwards takes what was written to from
// the results: of an operator without results it takes what is beside them.
void checkWritable(const c10::FunctionSchema& schema, const std::vector<c10::IValue>& arguments) {
  for (size_t i = 0; i < arguments.size(); ++i) {
    std::vector<at::Tensor> tensors;
    if (arguments[i].isTensor()) tensors.push_back(arguments[i].toTensor());
    if (arguments[i].isTensorList()) tensors = arguments[i].toTensorVector();
    for (const at::Tensor& tensor : tensors) {
      if (tensor.defined() && (tensor.is_neg() || tensor.is_conj())) {
        throw ArgumentError(fullName(schema) + ": argument '" + schema.arguments()[i].name() +
                            "' must have elements of its own, not stand for negatives or conjugates");
      }
    }
  }
}

// findOperator(name, overload): the operator's number.
Napi::Value findOperator(const Napi::CallbackInfo& info) {
  const size_t number = data(info.Env()).operators.find(stringArgument(info, 0, "name"), stringArgument(info, 1, "overload"));
  return Napi::Number::New(info.Env(), static_cast<double>(number));
}

// call(operator number, ...arguments): positional, keyword-only ones too, in the schema's order.
Napi::Value call(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  // A copy: a getter among the arguments may look up another operator.
  int64_t number = 0;
  if (!readInteger(info[0], number)) throw ArgumentError("call: argument 'operator': expected an integer but received " + kindOf(info[0]));
  const c10::OperatorHandle op = data(env).operators.get(number);
  const auto& schema = op.schema();
  const auto& parameters = schema.arguments();
  if (info.Length() > parameters.size() + 1) {
    throw ArgumentError(fullName(schema) + ": expected at most " + std::to_string(parameters.size()) + " arguments but received " +
                        std::to_string(info.Length() - 1));
  }
  torch::jit::Stack stack;
  stack.reserve(parameters.size());
  try {
    for (size_t i = 0; i < parameters.size(); ++i) stack.push_back(toIValue(data(env), info[i + 1], parameters[i]));
  } catch (const ArgumentError& error) {
    throw ArgumentError(fullName(schema) + ": " + error.what());
  }
  checkBorrowedMemory(env);
  const std::vector<c10::IValue> arguments = stack;
  if (schema.returns().empty()) checkWritable(schema, arguments);
  try {
    op.callBoxed(&stack);
  } catch (const std::exception& error) {
    throw withContext(describeCall(schema, arguments) + ": ", error);
  }
  if (stack.empty()) return env.Undefined();
  if (stack.size() == 1) return fromIValue(env, stack.front());
  auto results = Napi::Array::New(env, stack.size());
  for (size_t i = 0; i < stack.size(); ++i) results.Set(static_cast<uint32_t>(i), fromIValue(env, stack[i]));
  return results;
}

}  // namespace

void exportOperators(Exports& exports) {
  exports.add("findOperator", "(name: string, overload: string): number", findOperator);
  exports.add("call", "(operator: number, ...values: readonly Argument[]): Result", call, Naming::kByMessage);
}

}  // namespace weight_search
