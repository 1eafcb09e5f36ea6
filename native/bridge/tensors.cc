// Tensors from and to typed arrays, and what a tensor says of itself.
#include <ATen/ATen.h>

#include "bridge/addon.h"
#include "bridge/dtype.h"

namespace weight_search {

namespace {

std::optional<c10::ScalarType> elementType(napi_typedarray_type type) {
  switch (type) {
    case napi_float32_array: return c10::ScalarType::Float;
    case napi_float64_array: return c10::ScalarType::Double;
    case napi_int32_array: return c10::ScalarType::Int;
    case napi_int16_array: return c10::ScalarType::Short;
    case napi_int8_array: return c10::ScalarType::Char;
    case napi_uint8_array:
    case napi_uint8_clamped_array: return c10::ScalarType::Byte;
    case napi_bigint64_array: return c10::ScalarType::Long;
    default: return std::nullopt;
  }
}

// fromTypedArray(array, shape, share): a tensor over the array's own memory (share) or over a copy of it.
Napi::Value fromTypedArray(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  // The shape first: a getter in it may take the array's memory away, whose place and length are then no longer true.
  const auto shape = shapeArgument(info, 1, "shape");
  const bool share = booleanArgument(info, 2, "share");
  const Napi::Value value = info[0];
  if (!value.IsTypedArray()) {
    throw ArgumentError("argument 'array': expected a typed array but received " + kindOf(value));
  }
  const Napi::Value buffer = value.As<Napi::Object>().Get("buffer");
  if (!buffer.IsArrayBuffer()) {
    throw ArgumentError("argument 'array': expected a typed array over an ArrayBuffer, not over a SharedArrayBuffer");
  }
  // Shrinking takes the memory from under a tensor.
  if (share && buffer.As<Napi::Object>().Get("resizable").ToBoolean()) {
    throw ArgumentError("argument 'array': expected a typed array over an ArrayBuffer of fixed size where its memory is shared");
  }
  // From here on no JavaScript runs.
  const auto array = value.As<Napi::TypedArray>();
  const auto dtype = elementType(array.TypedArrayType());
  if (!dtype) throw ArgumentError("argument 'array': LibTorch has no type for this kind of typed array");
  int64_t count = 1;
  for (const int64_t size : shape) {
    if (__builtin_mul_overflow(count, size, &count)) throw ArgumentError("argument 'shape': more elements than memory has");
  }
  if (count != static_cast<int64_t>(array.ElementLength())) {
    throw ArgumentError("argument 'shape': " + printShape(shape) + " holds " + std::to_string(count) +
                        " elements but the array has " + std::to_string(array.ElementLength()));
  }
  void* memory = static_cast<char*>(array.ArrayBuffer().Data()) + array.ByteOffset();
  if (!share || count == 0) {
    return newHandle(env, at::from_blob(memory, shape, at::TensorOptions(*dtype)).clone());
  }
  napi_ref reference = nullptr;
  if (napi_create_reference(env, array, 1, &reference) != napi_ok) throw std::runtime_error("cannot hold the typed array");
  const auto bin = data(env).buffers;
  bin->lend(reference);
  const auto deleter = [bin, reference](void*) { bin->drop(reference); };
  return newHandle(env, at::from_blob(memory, shape, deleter, at::TensorOptions(*dtype)));
}

// As of V8 9 to 12; later ones take more.
constexpr size_t kMaxElements = (size_t{1} << 32) - 1;

template <typename Array>
Napi::Value typedArrayOver(Napi::Env env, const at::Tensor& tensor) {
  const size_t count = static_cast<size_t>(tensor.numel());
  if (count == 0) return Array::New(env, 0);
  // V8 ends the process when it is asked for a longer one.
  if (count > kMaxElements) {
    throw ArgumentError("a typed array has at most " + std::to_string(kMaxElements) + " elements, and this tensor " +
                        std::to_string(count));
  }
  // The array buffer holds the tensor; the collector lets both go together.
  auto owner = std::make_unique<at::Tensor>(tensor);
  const auto buffer = Napi::ArrayBuffer::New(
      env, tensor.data_ptr(), tensor.nbytes(), [](Napi::Env, void*, at::Tensor* held) { delete held; }, owner.get());
  owner.release();
  return Array::New(env, count, buffer, 0);
}

// toTypedArray(tensor): the elements in row-major order; shares the memory of a contiguous CPU tensor.
Napi::Value toTypedArray(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  checkBorrowedMemory(env);
  const at::Tensor given = tensorArgument(info, 0, "tensor").detach();
  // LibTorch has zeros without memory, and views that stand for their negatives.
  const at::Tensor plain = given._is_zerotensor() ? at::zeros(given.sizes(), given.options()) : given.resolve_neg();
  const at::Tensor tensor = plain.to(at::kCPU).contiguous();
  switch (tensor.scalar_type()) {
    case c10::ScalarType::Float: return typedArrayOver<Napi::Float32Array>(env, tensor);
    case c10::ScalarType::Double: return typedArrayOver<Napi::Float64Array>(env, tensor);
    case c10::ScalarType::Int: return typedArrayOver<Napi::Int32Array>(env, tensor);
    case c10::ScalarType::Short: return typedArrayOver<Napi::Int16Array>(env, tensor);
    case c10::ScalarType::Char: return typedArrayOver<Napi::Int8Array>(env, tensor);
    case c10::ScalarType::Byte:
    case c10::ScalarType::Bool: return typedArrayOver<Napi::Uint8Array>(env, tensor);
    case c10::ScalarType::Long: return typedArrayOver<Napi::BigInt64Array>(env, tensor);
    default: throw ArgumentError("a tensor of type " + nameOf(tensor.scalar_type()) + " has no typed array: convert it first");
  }
}

Napi::Value shape(const Napi::CallbackInfo& info) {
  const at::Tensor tensor = tensorArgument(info, 0, "tensor");
  auto sizes = Napi::Array::New(info.Env(), static_cast<size_t>(tensor.dim()));
  for (int64_t i = 0; i < tensor.dim(); ++i) sizes.Set(static_cast<uint32_t>(i), static_cast<double>(tensor.size(i)));
  return sizes;
}

Napi::Value dtype(const Napi::CallbackInfo& info) {
  return Napi::String::New(info.Env(), nameOf(tensorArgument(info, 0, "tensor").scalar_type()));
}

Napi::Value device(const Napi::CallbackInfo& info) {
  return Napi::String::New(info.Env(), tensorArgument(info, 0, "tensor").device().str());
}

// moveTo(tensor, device): puts the tensor's elements on the device, in place, so that every handle to it sees them there.
Napi::Value moveTo(const Napi::CallbackInfo& info) {
  const at::Tensor tensor = tensorArgument(info, 0, "tensor");
  const std::string name = stringArgument(info, 1, "device");
  checkBorrowedMemory(info.Env());
  onTensor(tensor, [&] { tensor.set_data(tensor.detach().to(at::Device(name))); });
  return info.Env().Undefined();
}

// isContiguous(tensor, channelsLast)
Napi::Value isContiguous(const Napi::CallbackInfo& info) {
  const auto format = booleanArgument(info, 1, "channelsLast") ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
  return Napi::Boolean::New(info.Env(), tensorArgument(info, 0, "tensor").is_contiguous(format));
}

// item(tensor): the value of a tensor of one element; a BigInt past 2^53 is an error rather than a rounded number.
Napi::Value item(const Napi::CallbackInfo& info) {
  const at::Tensor tensor = tensorArgument(info, 0, "tensor");
  if (tensor.numel() != 1) {
    throw ArgumentError("expected a tensor of one element but received one of shape " + printShape(tensor.sizes()));
  }
  checkBorrowedMemory(info.Env());
  const at::Scalar value = tensor.item();
  if (value.isBoolean()) return Napi::Boolean::New(info.Env(), value.toBool());
  if (!value.isIntegral(false)) return Napi::Number::New(info.Env(), value.toDouble());
  const int64_t integer = value.toLong();
  if (integer > (int64_t{1} << 53) || integer < -(int64_t{1} << 53)) {
    throw ArgumentError(std::to_string(integer) + " is past 2^53, which a JavaScript number cannot hold");
  }
  return Napi::Number::New(info.Env(), static_cast<double>(integer));
}

}  // namespace

void exportTensors(Exports& exports) {
  exports.add("fromTypedArray", "(array: NumericArray, shape: readonly number[], share: boolean): Handle", fromTypedArray);
  exports.add("toTypedArray", "(tensor: Handle): NumericArray", toTypedArray);
  exports.add("shape", "(tensor: Handle): number[]", shape);
  exports.add("dtype", "(tensor: Handle): string", dtype);
  exports.add("device", "(tensor: Handle): string", device);
  exports.add("moveTo", "(tensor: Handle, device: string): void", moveTo);
  exports.add("isContiguous", "(tensor: Handle, channelsLast: boolean): boolean", isContiguous);
  exports.add("item", "(tensor: Handle): number | boolean", item);
}

}  // namespace weight_search
