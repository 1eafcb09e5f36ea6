// Included by resample_kernels_baseline.cc and resample_kernels_avx2.cc, each inside a namespace of its own.
//
// A pixel is a vector of four 32-bit sums. Everything is exact integer arithmetic: every set of kernels gives the same.

typedef uint8_t Bytes4 __attribute__((vector_size(4)));
typedef int32_t Sums4 __attribute__((vector_size(16)));
typedef uint8_t Bytes8 __attribute__((vector_size(8)));
typedef int32_t Sums8 __attribute__((vector_size(32)));

constexpr int32_t kHalf = 1 << (kWeightBits - 1);

template <typename Vector>
inline Vector load(const uint32_t* pixels) {
  Vector vector;
  __builtin_memcpy(&vector, pixels, sizeof vector);
  return vector;
}

// A sum back to a byte: rounded when it began at kHalf, and clamped.
template <typename Bytes, typename Sums>
inline void store(const Sums& exact, uint32_t* pixels) {
  Sums sums = exact >> kWeightBits;
  sums = sums < 0 ? Sums{} : sums;
  sums = sums > 255 ? Sums{} + 255 : sums;
  const Bytes bytes = __builtin_convertvector(sums, Bytes);
  __builtin_memcpy(pixels, &bytes, sizeof bytes);
}

template <int Rows>
void rows(const uint32_t* input, int64_t inputStride, const Taps& taps, int64_t size, uint32_t* output, int64_t outputStride) {
  for (int64_t i = 0; i < size; ++i) {
    const uint32_t* source = input + taps.first[i];
    const int32_t* weight = taps.weight + i * taps.stride;
    const int32_t count = taps.count[i];
    Sums4 sums[Rows];
    for (int r = 0; r < Rows; ++r) sums[r] = Sums4{} + kHalf;
    for (int32_t t = 0; t < count; ++t) {
      for (int r = 0; r < Rows; ++r) {
        sums[r] += __builtin_convertvector(load<Bytes4>(source + r * inputStride + t), Sums4) * weight[t];
      }
    }
    for (int r = 0; r < Rows; ++r) store<Bytes4>(sums[r], output + r * outputStride + i);
  }
}

void row(const uint32_t* input, const Taps& taps, int64_t size, uint32_t* output) { rows<1>(input, 0, taps, size, output, 0); }

// Pixels of a block that are summed together: as many as stay in registers.
template <int Pixels>
inline void acrossBlock(const uint32_t* source, const int32_t* weight, int32_t count, int64_t width, uint32_t* output) {
  Sums8 sums[Pixels / 2];
  for (int p = 0; p < Pixels / 2; ++p) sums[p] = Sums8{} + kHalf;
  for (int32_t t = 0; t < count; ++t) {
    for (int p = 0; p < Pixels / 2; ++p) {
      sums[p] += __builtin_convertvector(load<Bytes8>(source + t * width + 2 * p), Sums8) * weight[t];
    }
  }
  for (int p = 0; p < Pixels / 2; ++p) store<Bytes8>(sums[p], output + 2 * p);
}

void across(const uint32_t* input, const Taps& taps, int64_t index, int64_t width, uint32_t* output) {
  const uint32_t* source = input + taps.first[index] * width;
  const int32_t* weight = taps.weight + index * taps.stride;
  const int32_t count = taps.count[index];
  int64_t x = 0;
  for (; x + 8 <= width; x += 8) acrossBlock<8>(source + x, weight, count, width, output + x);
  for (; x + 2 <= width; x += 2) acrossBlock<2>(source + x, weight, count, width, output + x);
  if (x < width) {
    Sums4 sums = Sums4{} + kHalf;
    for (int32_t t = 0; t < count; ++t) sums += __builtin_convertvector(load<Bytes4>(source + t * width + x), Sums4) * weight[t];
    store<Bytes4>(sums, output + x);
  }
}

constexpr ResampleKernels kResampleKernels = {row, rows<4>, across};
