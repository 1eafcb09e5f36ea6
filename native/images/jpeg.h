// Decoding of JPEG files, whole or a region, by libjpeg-turbo; no state is shared between calls.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace weight_search {

// What a file's header says. Colours that do not become RGB without colour management (CMYK, YCCK) are left to others.
struct JpegInfo {
  uint32_t width = 0, height = 0;
  int components = 0;
  // "grey", "rgb" (YCbCr included), "cmyk" (YCCK included) or "unknown".
  const char* colour = "unknown";
};

// A region of an image in pixels.
struct JpegRegion {
  int64_t x, y, width, height;
};

// Header alone. Throws ImageError with libjpeg's message.
JpegInfo readJpegInfo(const uint8_t* bytes, size_t size);

// The pixels of `region` at 1/`scale` of the image's size, scale in {1, 2, 4, 8}; the region counts in pixels of the
// reduced image, which is ceil(width / scale) x ceil(height / scale). `out` takes width x height words: R in the lowest
// byte, then G, B and 255. Equal to that part of a decode of the whole image.
// Throws ImageError with libjpeg's message for damaged data in what was read; where the file does not end as a
// JPEG ends, all of it is read. Also for an image of more than kMaxPixels: a progressive one is held in memory as a whole.
void decodeJpeg(const uint8_t* bytes, size_t size, const JpegRegion& region, int scale, uint32_t* out);

// "libjpeg-turbo 2.1.5", or "none" where the addon was built without it.
std::string jpegVersion();

}  // namespace weight_search
