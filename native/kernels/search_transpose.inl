// Included by search_kernels.inl. The K logits of kBlock weights, [kBlock, K], to K rows of kBlock lanes and back: nothing is
// computed, so how it is done changes no bit. Where AVX2 is compiled for, float tiles of 8 lanes are shuffled in registers;
// elsewhere, and for other K, plain loops do.

template <typename T, int K>
struct Transpose {
  static void toRows(const T* logits, T* rows, int64_t valueCount) {
    for (int64_t i = 0; i < kBlock<K>; ++i) {
      for (int64_t k = 0; k < valueCount; ++k) rows[k * kBlock<K> + i] = logits[i * valueCount + k];
    }
  }
  static void fromRows(const T* rows, T* logits, int64_t valueCount) {
    for (int64_t i = 0; i < kBlock<K>; ++i) {
      for (int64_t k = 0; k < valueCount; ++k) logits[i * valueCount + k] = rows[k * kBlock<K> + i];
    }
  }
};

#ifdef __AVX2__

// Within each half: x[j] = (row j of a 4 x 4 tile) becomes (column j).
inline void transposeHalves(__m256 (&x)[4]) {
  const __m256 low01 = _mm256_unpacklo_ps(x[0], x[1]), high01 = _mm256_unpackhi_ps(x[0], x[1]);
  const __m256 low23 = _mm256_unpacklo_ps(x[2], x[3]), high23 = _mm256_unpackhi_ps(x[2], x[3]);
  x[0] = _mm256_shuffle_ps(low01, low23, _MM_SHUFFLE(1, 0, 1, 0));
  x[1] = _mm256_shuffle_ps(low01, low23, _MM_SHUFFLE(3, 2, 3, 2));
  x[2] = _mm256_shuffle_ps(high01, high23, _MM_SHUFFLE(1, 0, 1, 0));
  x[3] = _mm256_shuffle_ps(high01, high23, _MM_SHUFFLE(3, 2, 3, 2));
}

// An 8 x 8 tile: `from` has rows `fromStride` apart, which become columns of `to`.
inline void transposeTile(const float* from, int64_t fromStride, float* to, int64_t toStride) {
  for (int half = 0; half < 2; ++half) {
    // Columns 4 half … 4 half + 3 of all rows: rows 0 … 3 in the lower halves, 4 … 7 in the upper.
    __m256 x[4];
    for (int j = 0; j < 4; ++j) {
      const float* row = from + j * fromStride + 4 * half;
      x[j] = _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(row)), _mm_loadu_ps(row + 4 * fromStride), 1);
    }
    transposeHalves(x);
    for (int j = 0; j < 4; ++j) _mm256_storeu_ps(to + (4 * half + j) * toStride, x[j]);
  }
}

template <int K>
struct TransposeTiles {
  static void toRows(const float* logits, float* rows, int64_t) {
    for (int64_t i = 0; i < kBlock<K>; i += 8) {
      for (int64_t k = 0; k < K; k += 8) transposeTile(logits + i * K + k, K, rows + k * kBlock<K> + i, kBlock<K>);
    }
  }
  static void fromRows(const float* rows, float* logits, int64_t) {
    for (int64_t i = 0; i < kBlock<K>; i += 8) {
      for (int64_t k = 0; k < K; k += 8) transposeTile(rows + k * kBlock<K> + i, kBlock<K>, logits + i * K + k, K);
    }
  }
};

template <>
struct Transpose<float, 8> : TransposeTiles<8> {};
template <>
struct Transpose<float, 16> : TransposeTiles<16> {};

template <>
struct Transpose<float, 4> {
  static void toRows(const float* logits, float* rows, int64_t) {
    for (int64_t i = 0; i < kBlock<4>; i += 8) {
      __m256 x[4];
      for (int j = 0; j < 4; ++j) {
        const float* weight = logits + (i + j) * 4;
        x[j] = _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(weight)), _mm_loadu_ps(weight + 16), 1);
      }
      transposeHalves(x);
      for (int j = 0; j < 4; ++j) _mm256_storeu_ps(rows + j * kBlock<4> + i, x[j]);
    }
  }
  static void fromRows(const float* rows, float* logits, int64_t) {
    for (int64_t i = 0; i < kBlock<4>; i += 8) {
      __m256 x[4];
      for (int j = 0; j < 4; ++j) x[j] = _mm256_loadu_ps(rows + j * kBlock<4> + i);
      transposeHalves(x);
      for (int j = 0; j < 4; ++j) {
        float* weight = logits + (i + j) * 4;
        _mm_storeu_ps(weight, _mm256_castps256_ps128(x[j]));
        _mm_storeu_ps(weight + 16, _mm256_extractf128_ps(x[j], 1));
      }
    }
  }
};

#endif
