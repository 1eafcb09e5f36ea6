// Included by resample_kernels_baseline.cc and resample_kernels_avx2.cc, each inside a namespace of its own.
//
// A pixel is a vector of four 32-bit sums. Everything is exact integer arithmetic: every set of kernels gives the same.

typedef int32_t Sums4 __attribute__((vector_size(16)));
typedef int32_t Sums8 __attribute__((vector_size(32)));

constexpr int32_t kHalf = 1 << (kWeightBits - 1);

// widen: the bytes of one pixel or two, each as a number of 32 bits. narrow: sums back to bytes, clamped (and rounded,
// since they began at kHalf). Compilers take conversions of such short vectors apart into single bytes, which is several
// times slower: with AVX2 they are told the instructions.
#ifdef __AVX2__
inline void widen(const uint32_t* pixel, Sums4& numbers) {
  numbers = reinterpret_cast<Sums4>(_mm_cvtepu8_epi32(_mm_cvtsi32_si128(static_cast<int>(*pixel))));
}

inline void widen(const uint32_t* pixels, Sums8& numbers) {
  numbers = reinterpret_cast<Sums8>(_mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(pixels))));
}

inline void narrow(const Sums4& sums, uint32_t* pixel) {
  const __m128i words = _mm_packs_epi32(reinterpret_cast<__m128i>(sums >> kWeightBits), _mm_setzero_si128());
  *pixel = static_cast<uint32_t>(_mm_cvtsi128_si32(_mm_packus_epi16(words, words)));
}

inline void narrow(const Sums8& sums, uint32_t* pixels) {
  const __m256i numbers = reinterpret_cast<__m256i>(sums >> kWeightBits);
  const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(numbers), _mm256_extracti128_si256(numbers, 1));
  _mm_storel_epi64(reinterpret_cast<__m128i*>(pixels), _mm_packus_epi16(words, words));
}
#else
template <typename Sums>
inline void widen(const uint32_t* pixels, Sums& numbers) {
  typedef uint8_t Bytes __attribute__((vector_size(sizeof(Sums) / 4)));
  Bytes bytes;
  __builtin_memcpy(&bytes, pixels, sizeof bytes);
  numbers = __builtin_convertvector(bytes, Sums);
}

template <typename Sums>
inline void narrow(const Sums& sums, uint32_t* pixels) {
  typedef uint8_t Bytes __attribute__((vector_size(sizeof(Sums) / 4)));
  Sums numbers = sums >> kWeightBits;
  numbers = numbers < 0 ? Sums{} : numbers;
  numbers = numbers > 255 ? Sums{} + 255 : numbers;
  const Bytes bytes = __builtin_convertvector(numbers, Bytes);
  __builtin_memcpy(pixels, &bytes, sizeof bytes);
}
#endif

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
        Sums4 numbers;
        widen(source + r * inputStride + t, numbers);
        sums[r] += numbers * weight[t];
      }
    }
    for (int r = 0; r < Rows; ++r) narrow(sums[r], output + r * outputStride + i);
  }
}

void row(const uint32_t* input, const Taps& taps, int64_t size, uint32_t* output) { rows<1>(input, 0, taps, size, output, 0); }

// Vectors that are summed together: as many as stay in registers.
template <typename Sums, int Vectors>
inline void acrossBlock(const uint32_t* source, const int32_t* weight, int32_t count, int64_t width, uint32_t* output) {
  constexpr int kPixels = sizeof(Sums) / 16;
  Sums sums[Vectors];
  for (int v = 0; v < Vectors; ++v) sums[v] = Sums{} + kHalf;
  for (int32_t t = 0; t < count; ++t) {
    for (int v = 0; v < Vectors; ++v) {
      Sums numbers;
      widen(source + t * width + v * kPixels, numbers);
      sums[v] += numbers * weight[t];
    }
  }
  for (int v = 0; v < Vectors; ++v) narrow(sums[v], output + v * kPixels);
}

void across(const uint32_t* input, const Taps& taps, int64_t index, int64_t width, uint32_t* output) {
  const uint32_t* source = input + taps.first[index] * width;
  const int32_t* weight = taps.weight + index * taps.stride;
  const int32_t count = taps.count[index];
  int64_t x = 0;
  for (; x + 8 <= width; x += 8) acrossBlock<Sums8, 4>(source + x, weight, count, width, output + x);
  for (; x < width; ++x) acrossBlock<Sums4, 1>(source + x, weight, count, width, output + x);
}

constexpr ResampleKernels kResampleKernels = {row, rows<4>, across};
