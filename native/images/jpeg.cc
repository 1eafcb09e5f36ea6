#include "images/jpeg.h"

#include <stdexcept>

#ifdef HAVE_LIBJPEG

#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <vector>

// In this order: jpeglib.h uses FILE, and its settings number the messages of jerror.h.
#include <jpeglib.h>
#include <jerror.h>

#include "bridge/errors.h"
#include "images/pixels.h"
#include "kernels/sizes.h"

#define WEIGHT_SEARCH_TEXT_OF(macro) #macro
#define WEIGHT_SEARCH_TEXT(macro) WEIGHT_SEARCH_TEXT_OF(macro)

namespace weight_search {

namespace {

// A progressive file may hold any number of scans over all of the image, each a few bytes long.
constexpr int kMaxScans = 500;

// libjpeg's state and what it reported. libjpeg leaves a failed call by longjmp, so no function between setjmp and the
// failure may hold anything that has to be destroyed.
struct Decoder {
  jpeg_decompress_struct state;
  jpeg_error_mgr errors;
  jpeg_progress_mgr progress;
  std::jmp_buf failed;
  char message[JMSG_LENGTH_MAX];
};

Decoder& decoderOf(j_common_ptr state) { return *static_cast<Decoder*>(state->client_data); }

[[noreturn]] void fail(j_common_ptr state) {
  Decoder& decoder = decoderOf(state);
  if (decoder.message[0] == '\0') state->err->format_message(state, decoder.message);
  std::longjmp(decoder.failed, 1);
}

// Warnings after which pixels are made up. Others are about what does not matter here: an unknown version number, bytes
// between two markers, an odd colour profile.
bool losesPixels(int code) {
  switch (code) {
    case JWRN_JPEG_EOF:
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_ARITH_BAD_CODE:
    case JWRN_MUST_RESYNC:
      return true;
    default:
      return false;
  }
}

void report(j_common_ptr state, int level) {
  if (level < 0 && losesPixels(state->err->msg_code)) fail(state);
}

void limitScans(j_common_ptr state) {
  if (!state->is_decompressor) return;
  if (reinterpret_cast<j_decompress_ptr>(state)->input_scan_number <= kMaxScans) return;
  Decoder& decoder = decoderOf(state);
  std::snprintf(decoder.message, sizeof decoder.message, "More than %d scans", kMaxScans);
  fail(state);
}

void printNothing(j_common_ptr) {}

// Must be followed by setjmp(decoder.failed) before anything that can fail.
void prepare(Decoder& decoder) {
  std::memset(&decoder.state, 0, sizeof decoder.state);
  decoder.message[0] = '\0';
  decoder.state.err = jpeg_std_error(&decoder.errors);
  decoder.errors.error_exit = fail;
  decoder.errors.emit_message = report;
  decoder.errors.output_message = printNothing;
  std::memset(&decoder.progress, 0, sizeof decoder.progress);
  decoder.progress.progress_monitor = limitScans;
  decoder.state.client_data = &decoder;
}

void readHeader(Decoder& decoder, const uint8_t* bytes, size_t size) {
  jpeg_create_decompress(&decoder.state);
  decoder.state.client_data = &decoder;
  decoder.state.progress = &decoder.progress;
  jpeg_mem_src(&decoder.state, bytes, static_cast<unsigned long>(size));
  jpeg_read_header(&decoder.state, TRUE);
}

// Whether the last bytes are the marker of a JPEG's end; zeros and line breaks may follow it.
bool endsAsJpeg(const uint8_t* bytes, size_t size) {
  while (size > 0 && (bytes[size - 1] == 0 || bytes[size - 1] == '\n' || bytes[size - 1] == '\r')) --size;
  return size >= 2 && bytes[size - 2] == 0xFF && bytes[size - 1] == JPEG_EOI;
}

// libjpeg works out the pixels beside a cut from one chroma sample less than in the whole image, so some more columns
// and rows are decoded than asked for. A chroma sample is at most 4 pixels wide.
constexpr int64_t kMargin = 8;

// Longjmps to decoder.failed. `row` has room for the reduced image's width.
void decodeInto(Decoder& decoder, const JpegRegion& region, int scale, bool toTheEnd, uint32_t* row, uint32_t* out) {
  jpeg_decompress_struct& state = decoder.state;
  state.out_color_space = JCS_EXT_RGBX;
  state.scale_num = 1;
  state.scale_denom = static_cast<unsigned>(scale);
  jpeg_start_decompress(&state);
  const auto fullWidth = static_cast<int64_t>(state.output_width);
  const int64_t left = region.x > kMargin ? region.x - kMargin : 0;
  const int64_t right = region.x + region.width + kMargin < fullWidth ? region.x + region.width + kMargin : fullWidth;
  auto decodedLeft = static_cast<JDIMENSION>(left);
  // Of a reduced image whose chroma has four samples less one way and two the other, 2.1.5 cuts the wrong columns.
  if (scale > 1) {
    decodedLeft = 0;
  } else if (left > 0 || right < fullWidth) {
    auto decodedWidth = static_cast<JDIMENSION>(right - left);
    jpeg_crop_scanline(&state, &decodedLeft, &decodedWidth);
  }
  const auto top = static_cast<JDIMENSION>(region.y > kMargin ? region.y - kMargin : 0);
  if (top > 0) jpeg_skip_scanlines(&state, top);
  auto scanline = reinterpret_cast<JSAMPROW>(row);
  const auto first = static_cast<JDIMENSION>(region.y), end = static_cast<JDIMENSION>(region.y + region.height);
  while (state.output_scanline < end) {
    const JDIMENSION y = state.output_scanline;
    // The source of memory never waits for more bytes: a scanline always comes.
    jpeg_read_scanlines(&state, &scanline, 1);
    if (y < first) continue;
    std::memcpy(out + (y - first) * static_cast<size_t>(region.width), row + (static_cast<size_t>(region.x) - decodedLeft),
                static_cast<size_t>(region.width) * sizeof(uint32_t));
  }
  if (!toTheEnd) return;
  // Skipping the last row too would make libjpeg pass over the data without looking at it.
  const JDIMENSION last = state.output_height - 1;
  if (state.output_scanline < last) jpeg_skip_scanlines(&state, last - state.output_scanline);
  while (state.output_scanline < state.output_height) jpeg_read_scanlines(&state, &scanline, 1);
  jpeg_finish_decompress(&state);
}

// The functions that call setjmp hold nothing with a destructor; false when libjpeg failed.
bool tryInfo(Decoder& decoder, const uint8_t* bytes, size_t size) {
  if (setjmp(decoder.failed)) return false;
  readHeader(decoder, bytes, size);
  return true;
}

bool tryDecode(Decoder& decoder, const JpegRegion& region, int scale, bool toTheEnd, uint32_t* row, uint32_t* out) {
  if (setjmp(decoder.failed)) return false;
  decodeInto(decoder, region, scale, toTheEnd, row, out);
  return true;
}

// Opens the file and gives libjpeg's memory back at the end, however it comes.
struct OpenJpeg {
  Decoder decoder;

  OpenJpeg(const uint8_t* bytes, size_t size) {
    prepare(decoder);
    if (tryInfo(decoder, bytes, size)) return;
    jpeg_destroy_decompress(&decoder.state);
    throw ImageError(decoder.message);
  }
  ~OpenJpeg() { jpeg_destroy_decompress(&decoder.state); }
  OpenJpeg(const OpenJpeg&) = delete;
  OpenJpeg& operator=(const OpenJpeg&) = delete;
};

const char* colourName(J_COLOR_SPACE space) {
  switch (space) {
    case JCS_GRAYSCALE:
      return "grey";
    case JCS_RGB:
    case JCS_YCbCr:
      return "rgb";
    case JCS_CMYK:
    case JCS_YCCK:
      return "cmyk";
    default:
      return "unknown";
  }
}

}  // namespace

JpegInfo readJpegInfo(const uint8_t* bytes, size_t size) {
  OpenJpeg jpeg(bytes, size);
  const auto& state = jpeg.decoder.state;
  return {state.image_width, state.image_height, state.num_components, colourName(state.jpeg_color_space)};
}

void decodeJpeg(const uint8_t* bytes, size_t size, const JpegRegion& region, int scale, uint32_t* out) {
  OpenJpeg jpeg(bytes, size);
  if (int64_t{jpeg.decoder.state.image_width} * jpeg.decoder.state.image_height > kMaxPixels) {
    throw ImageError("an image of " + std::to_string(jpeg.decoder.state.image_width) + " x " +
                     std::to_string(jpeg.decoder.state.image_height) + " pixels is larger than " + std::to_string(kMaxPixels) + " pixels");
  }
  const int64_t width = divideUp<int64_t>(jpeg.decoder.state.image_width, scale);
  const int64_t height = divideUp<int64_t>(jpeg.decoder.state.image_height, scale);
  if (region.x < 0 || region.y < 0 || region.width < 1 || region.height < 1 || region.x > width - region.width ||
      region.y > height - region.height) {
    throw ImageError("the region " + std::to_string(region.width) + " x " + std::to_string(region.height) + " at (" +
                     std::to_string(region.x) + ", " + std::to_string(region.y) + ") is not inside " + std::to_string(width) + " x " +
                     std::to_string(height) + " pixels");
  }
  std::vector<uint32_t> row(static_cast<size_t>(width));
  if (!tryDecode(jpeg.decoder, region, scale, !endsAsJpeg(bytes, size), row.data(), out)) {
    throw ImageError(jpeg.decoder.message);
  }
}

std::string jpegVersion() { return "libjpeg-turbo " WEIGHT_SEARCH_TEXT(LIBJPEG_TURBO_VERSION); }

}  // namespace weight_search

#else

namespace weight_search {

namespace {

[[noreturn]] void missing() { throw std::runtime_error("the addon was built without libjpeg-turbo"); }

}  // namespace

JpegInfo readJpegInfo(const uint8_t*, size_t) { missing(); }

void decodeJpeg(const uint8_t*, size_t, const JpegRegion&, int, uint32_t*) { missing(); }

std::string jpegVersion() { return "none"; }

}  // namespace weight_search

#endif
