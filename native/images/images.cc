// Images in plain typed arrays: JPEG decoding and resampling. Called from worker threads, so nothing here is shared.
#include <cmath>

#include "bridge/addon.h"
#include "images/jpeg.h"
#include "images/pixels.h"
#include "images/resample.h"

namespace weight_search {

namespace {

Napi::Uint8Array bytesArgument(const Napi::CallbackInfo& info, size_t position, const char* name) {
  const Napi::Value value = info[position];
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
    throw ArgumentError(std::string("argument '") + name + "': expected a Uint8Array but received " + kindOf(value));
  }
  return value.As<Napi::Uint8Array>();
}

Napi::Uint32Array pixelsArgument(const Napi::CallbackInfo& info, size_t position, const char* name) {
  const Napi::Value value = info[position];
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_uint32_array) {
    throw ArgumentError(std::string("argument '") + name + "': expected a Uint32Array but received " + kindOf(value));
  }
  return value.As<Napi::Uint32Array>();
}

Napi::Uint32Array newPixels(Napi::Env env, int64_t width, int64_t height) {
  if (width < 1 || height < 1 || width > kMaxPixels / height) {
    throw ArgumentError("expected 1 to " + std::to_string(kMaxPixels) + " pixels but received " + std::to_string(width) + " x " +
                        std::to_string(height));
  }
  return Napi::Uint32Array::New(env, static_cast<size_t>(width * height));
}

// jpegInfo(bytes): { width, height, components, colour }; throws libjpeg's reason where they are no JPEG.
Napi::Value jpegInfo(const Napi::CallbackInfo& info) {
  const Napi::Uint8Array bytes = bytesArgument(info, 0, "bytes");
  const JpegInfo jpeg = readJpegInfo(bytes.Data(), bytes.ByteLength());
  auto result = Napi::Object::New(info.Env());
  result.Set("width", jpeg.width);
  result.Set("height", jpeg.height);
  result.Set("components", jpeg.components);
  result.Set("colour", jpeg.colour);
  return result;
}

// decodeJpeg(bytes, x, y, width, height, scale): pixels of a region of the image reduced to 1/scale.
Napi::Value decodeJpegRegion(const Napi::CallbackInfo& info) {
  const Napi::Uint8Array bytes = bytesArgument(info, 0, "bytes");
  const JpegRegion region = {integerArgument(info, 1, "x"), integerArgument(info, 2, "y"), integerArgument(info, 3, "width"),
                             integerArgument(info, 4, "height")};
  const int64_t scale = integerArgument(info, 5, "scale");
  if (scale != 1 && scale != 2 && scale != 4 && scale != 8) {
    throw ArgumentError("argument 'scale': expected 1, 2, 4 or 8 but received " + std::to_string(scale));
  }
  Napi::Uint32Array pixels = newPixels(info.Env(), region.width, region.height);
  decodeJpeg(bytes.Data(), bytes.ByteLength(), region, static_cast<int>(scale), pixels.Data());
  return pixels;
}

// An axis as [offset, length, begin, end, size, first, count]: see resample.h.
ResampleAxis axisArgument(const Napi::CallbackInfo& info, size_t position, const char* name) {
  const Napi::Value value = info[position];
  const auto wrong = [&] {
    return ArgumentError(std::string("argument '") + name + "': expected seven numbers but received " + kindOf(value));
  };
  if (!value.IsArray() || value.As<Napi::Array>().Length() != 7) throw wrong();
  double numbers[7];
  for (uint32_t i = 0; i < 7; ++i) {
    const Napi::Value element = value.As<Napi::Array>().Get(i);
    if (!element.IsNumber()) throw wrong();
    numbers[i] = element.As<Napi::Number>().DoubleValue();
    // Positions may be fractions, all others must be integers that convert.
    if (!(std::abs(numbers[i]) <= 1e12) || (i != 2 && i != 3 && numbers[i] != std::floor(numbers[i]))) throw wrong();
  }
  const auto integer = [&](int i) { return static_cast<int64_t>(numbers[i]); };
  return {integer(0), integer(1), numbers[2], numbers[3], integer(4), integer(5), integer(6)};
}

// resample(pixels, horizontal, vertical, filter): see resample.h.
Napi::Value resamplePixels(const Napi::CallbackInfo& info) {
  // The axes first: a getter in them may take the pixels' memory away.
  const ResampleAxis horizontal = axisArgument(info, 1, "horizontal"), vertical = axisArgument(info, 2, "vertical");
  const int64_t filter = integerArgument(info, 3, "filter");
  const Napi::Uint32Array input = pixelsArgument(info, 0, "pixels");
  if (filter < 0 || filter > 5) throw ArgumentError("argument 'filter': expected 0 to 5 but received " + std::to_string(filter));
  const auto size = static_cast<int64_t>(input.ElementLength());
  if (horizontal.length < 1 || vertical.length < 1 || size % horizontal.length != 0 || size / horizontal.length != vertical.length) {
    throw ArgumentError("argument 'pixels': expected " + std::to_string(horizontal.length) + " x " +
                        std::to_string(vertical.length) + " pixels but received " + std::to_string(size));
  }
  Napi::Uint32Array output = newPixels(info.Env(), horizontal.count, vertical.count);
  resample(input.Data(), horizontal, vertical, static_cast<Filter>(filter), output.Data());
  return output;
}

// pixelsToRgb(pixels, into): the lower three bytes of each pixel, one after another.
Napi::Value pixelsToRgb(const Napi::CallbackInfo& info) {
  const Napi::Uint32Array input = pixelsArgument(info, 0, "pixels");
  Napi::Uint8Array into = bytesArgument(info, 1, "into");
  const size_t count = input.ElementLength();
  if (into.ByteLength() != 3 * count) {
    throw ArgumentError("argument 'into': expected " + std::to_string(3 * count) + " bytes but received " +
                        std::to_string(into.ByteLength()));
  }
  const uint32_t* pixels = input.Data();
  uint8_t* bytes = into.Data();
  for (size_t i = 0; i < count; ++i, bytes += 3) {
    bytes[0] = static_cast<uint8_t>(pixels[i]);
    bytes[1] = static_cast<uint8_t>(pixels[i] >> 8);
    bytes[2] = static_cast<uint8_t>(pixels[i] >> 16);
  }
  return info.Env().Undefined();
}

}  // namespace

void exportImages(Exports& exports) {
  // What is wrong with a file is libjpeg's to say.
  exports.add("jpegInfo", "(bytes: Uint8Array): JpegInfo", jpegInfo, Naming::kByMessage);
  exports.add("decodeJpeg",
              "(bytes: Uint8Array, x: number, y: number, width: number, height: number, scale: 1 | 2 | 4 | 8): Uint32Array",
              decodeJpegRegion, Naming::kByMessage);
  exports.add("resample", "(pixels: Uint32Array, horizontal: ResampleAxis, vertical: ResampleAxis, filter: number): Uint32Array",
              resamplePixels);
  exports.add("pixelsToRgb", "(pixels: Uint32Array, into: Uint8Array): void", pixelsToRgb);
}

}  // namespace weight_search
