#include "bridge/convert.h"

#include <ATen/core/jit_type.h>
#include <c10/core/Device.h>
#include <c10/core/Layout.h>
#include <c10/core/MemoryFormat.h>

#include "bridge/dtype.h"

namespace weight_search {

namespace {

using c10::TypeKind;

bool isNone(const Napi::Value& value) { return value.IsEmpty() || value.IsNull() || value.IsUndefined(); }

[[noreturn]] void expected(const std::string& what, const Napi::Value& value) {
  throw ArgumentError("expected " + what + " but received " + kindOf(value));
}

at::Tensor toTensor(AddonData& data, const Napi::Value& value) {
  int64_t handle = 0;
  if (!value.IsNumber() || !readInteger(value, handle)) expected("a tensor", value);
  return data.tensors.get(handle);
}

int64_t toInteger(const Napi::Value& value) {
  int64_t out = 0;
  if (!readInteger(value, out)) expected("an integer", value);
  return out;
}

double toDouble(const Napi::Value& value) {
  if (!value.IsNumber()) expected("a number", value);
  return value.As<Napi::Number>().DoubleValue();
}

bool toBool(const Napi::Value& value) {
  if (!value.IsBoolean()) expected("a boolean", value);
  return value.As<Napi::Boolean>().Value();
}

std::string toText(const std::string& what, const Napi::Value& value) {
  if (!value.IsString()) expected(what, value);
  return value.As<Napi::String>().Utf8Value();
}

at::Scalar toScalar(const Napi::Value& value) {
  if (value.IsBoolean()) return at::Scalar(value.As<Napi::Boolean>().Value());
  if (value.IsBigInt()) return at::Scalar(toInteger(value));
  return at::Scalar(toDouble(value));
}

c10::ScalarType toDtype(const Napi::Value& value) {
  const auto dtype = dtypeOf(toText("a dtype", value));
  if (!dtype) expected("a dtype such as 'float32' or 'int64'", value);
  return *dtype;
}

c10::Layout toLayout(const Napi::Value& value) {
  if (toText("a layout", value) != "strided") expected("the layout 'strided'", value);
  return c10::Layout::Strided;
}

c10::MemoryFormat toMemoryFormat(const Napi::Value& value) {
  const std::string name = toText("a memory format", value);
  if (name == "contiguous_format") return c10::MemoryFormat::Contiguous;
  if (name == "channels_last") return c10::MemoryFormat::ChannelsLast;
  if (name == "preserve_format") return c10::MemoryFormat::Preserve;
  expected("'contiguous_format', 'channels_last' or 'preserve_format'", value);
}

// The elements of an array or of a typed array of numbers.
template <typename Visit>
void forEachElement(const std::string& what, const Napi::Value& value, Visit visit) {
  if (!value.IsArray() && !value.IsTypedArray()) expected(what, value);
  const auto object = value.As<Napi::Object>();
  // A sparse array may claim four billion elements, each a null of a list of tensors and nulls.
  constexpr size_t kMaxElements = 1 << 24;
  const size_t length = value.IsArray() ? value.As<Napi::Array>().Length() : value.As<Napi::TypedArray>().ElementLength();
  if (length > kMaxElements) {
    throw ArgumentError(what + " may have at most " + std::to_string(kMaxElements) + " elements, not " + std::to_string(length));
  }
  for (size_t i = 0; i < length; ++i) visit(object.Get(static_cast<uint32_t>(i)));
}

template <typename Element, typename Read>
c10::IValue toList(const std::string& what, const Napi::Value& value, Read read) {
  c10::List<Element> list;
  forEachElement(what, value, [&](const Napi::Value& element) { list.push_back(read(element)); });
  return list;
}

c10::IValue toListValue(AddonData& data, const Napi::Value& value, const c10::Type& element, c10::optional<int32_t> fixedSize) {
  switch (element.kind()) {
    case TypeKind::TensorType:
      return toList<at::Tensor>("an array of tensors", value, [&](const Napi::Value& v) { return toTensor(data, v); });
    case TypeKind::OptionalType:
      if (element.castRaw<c10::OptionalType>()->getElementType()->kind() != TypeKind::TensorType) break;
      return toList<c10::optional<at::Tensor>>("an array of tensors and nulls", value, [&](const Napi::Value& v) {
        return isNone(v) ? c10::optional<at::Tensor>() : c10::optional<at::Tensor>(toTensor(data, v));
      });
    case TypeKind::IntType:
    case TypeKind::SymIntType:
      // `int[2] stride` also takes one integer for both.
      if (fixedSize && (value.IsNumber() || value.IsBigInt())) {
        return c10::List<int64_t>(std::vector<int64_t>(static_cast<size_t>(*fixedSize), toInteger(value)));
      }
      return toList<int64_t>("an array of integers", value, toInteger);
    case TypeKind::FloatType:
      return toList<double>("an array of numbers", value, toDouble);
    case TypeKind::BoolType:
      return toList<bool>("an array of booleans", value, toBool);
    default:
      break;
  }
  throw ArgumentError("a list of " + element.str() + " cannot be given from JavaScript");
}

c10::IValue toTyped(AddonData& data, const Napi::Value& value, const c10::Type& type, c10::optional<int32_t> fixedSize) {
  switch (type.kind()) {
    case TypeKind::OptionalType:
      if (isNone(value)) return c10::IValue();
      return toTyped(data, value, *type.castRaw<c10::OptionalType>()->getElementType(), fixedSize);
    case TypeKind::TensorType: return toTensor(data, value);
    case TypeKind::NumberType: return toScalar(value);
    case TypeKind::IntType:
    case TypeKind::SymIntType: return toInteger(value);
    case TypeKind::FloatType: return toDouble(value);
    case TypeKind::BoolType: return toBool(value);
    case TypeKind::StringType: return toText("a string", value);
    case TypeKind::ScalarTypeType: return toDtype(value);
    case TypeKind::LayoutType: return toLayout(value);
    case TypeKind::MemoryFormatType: return toMemoryFormat(value);
    case TypeKind::DeviceObjType: return c10::Device(toText("a device", value));
    case TypeKind::ListType:
      return toListValue(data, value, *type.castRaw<c10::ListType>()->getElementType(), fixedSize);
    default: throw ArgumentError("a value of type " + type.str() + " cannot be given from JavaScript");
  }
}

}  // namespace

c10::IValue toIValue(AddonData& data, const Napi::Value& value, const c10::Argument& argument) {
  const auto& type = *argument.real_type();
  if (isNone(value)) {
    if (argument.default_value()) return *argument.default_value();
    if (type.kind() == TypeKind::OptionalType) return c10::IValue();
    throw ArgumentError("argument '" + argument.name() + "' (" + type.str() + ") is missing");
  }
  try {
    return toTyped(data, value, type, argument.N());
  } catch (const std::exception& error) {
    throw ArgumentError("argument '" + argument.name() + "': " + messageOf(error));
  }
}

Napi::Value fromIValue(Napi::Env env, const c10::IValue& value) {
  if (value.isTensor()) return newHandle(env, value.toTensor());
  if (value.isNone()) return env.Null();
  if (value.isBool()) return Napi::Boolean::New(env, value.toBool());
  if (value.isInt()) return Napi::Number::New(env, static_cast<double>(value.toInt()));
  if (value.isDouble()) return Napi::Number::New(env, value.toDouble());
  if (value.isString()) return Napi::String::New(env, value.toStringRef());
  if (value.isScalar()) return Napi::Number::New(env, value.toScalar().toDouble());
  const auto toArray = [&](const auto& elements) {
    auto array = Napi::Array::New(env, elements.size());
    for (size_t i = 0; i < elements.size(); ++i) array.Set(static_cast<uint32_t>(i), fromIValue(env, elements[i]));
    return array;
  };
  if (value.isTuple()) return toArray(value.toTupleRef().elements());
  if (value.isList()) return toArray(value.toListRef());
  throw std::runtime_error("a result of type " + value.tagKind() + " cannot be given to JavaScript");
}

}  // namespace weight_search
