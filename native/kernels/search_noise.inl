// Included by search_kernels.inl. Philox's words for N weights in a row: the words of philox.h, which the plain loop at the
// end calls; where AVX2 or AVX-512 is compiled for, four or eight weights at once in 64-bit lanes. Only the lower halves of
// lanes matter: the multiplication reads no others.

#if defined(__AVX512F__) || defined(__AVX2__)

#ifdef __AVX512F__
typedef __m512i WideLanes;
constexpr int64_t kWideLanes = 8;
inline WideLanes wideSplat(uint32_t x) { return _mm512_set1_epi64(x); }
inline WideLanes wideCount() { return _mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0); }
inline WideLanes wideAdd(WideLanes a, WideLanes b) { return _mm512_add_epi64(a, b); }
inline WideLanes wideProduct(WideLanes a, WideLanes b) { return _mm512_mul_epu32(a, b); }
inline WideLanes wideUpper(WideLanes a) { return _mm512_srli_epi64(a, 32); }
inline WideLanes wideXor(WideLanes a, WideLanes b, WideLanes c) { return _mm512_ternarylogic_epi64(a, b, c, 0x96); }
inline void wideStore(uint32_t* to, WideLanes a) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm512_cvtepi64_epi32(a));
}
#else
typedef __m256i WideLanes;
constexpr int64_t kWideLanes = 4;
inline WideLanes wideSplat(uint32_t x) { return _mm256_set1_epi64x(x); }
inline WideLanes wideCount() { return _mm256_set_epi64x(3, 2, 1, 0); }
inline WideLanes wideAdd(WideLanes a, WideLanes b) { return _mm256_add_epi64(a, b); }
inline WideLanes wideProduct(WideLanes a, WideLanes b) { return _mm256_mul_epu32(a, b); }
inline WideLanes wideUpper(WideLanes a) { return _mm256_srli_epi64(a, 32); }
inline WideLanes wideXor(WideLanes a, WideLanes b, WideLanes c) { return _mm256_xor_si256(_mm256_xor_si256(a, b), c); }
inline void wideStore(uint32_t* to, WideLanes a) {
  const __m256i packed = _mm256_permutevar8x32_epi32(a, _mm256_set_epi32(7, 5, 3, 1, 6, 4, 2, 0));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm256_castsi256_si128(packed));
}
#endif

// words[c][i]: word c of weight first + i at the counter (first + i, j, step).
template <int64_t N>
inline void philoxBlock(uint64_t first, uint64_t j, uint64_t seed, uint64_t step, uint32_t (&words)[4][N]) {
  const WideLanes factor0 = wideSplat(0xD2511F53), factor1 = wideSplat(0xCD9E8D57);
  // Four groups are in flight at once: one alone would wait for its own multiplications.
  constexpr int kGroups = 4;
  for (int64_t i = 0; i < N; i += kGroups * kWideLanes) {
    WideLanes c0[kGroups], c1[kGroups], c2[kGroups], c3[kGroups];
    for (int g = 0; g < kGroups; ++g) {
      const uint64_t index = first + static_cast<uint64_t>(i + g * kWideLanes);
      // The upper half of an index that reaches 2^32 within the lanes: a carry out of the lower one.
      const WideLanes whole = wideAdd(wideSplat(static_cast<uint32_t>(index)), wideCount());
      c0[g] = whole;
      c1[g] = wideAdd(wideUpper(whole), wideSplat(static_cast<uint32_t>((index >> 32) | (j << 16))));
      c2[g] = wideSplat(static_cast<uint32_t>(step));
      c3[g] = wideSplat(static_cast<uint32_t>(step >> 32));
    }
    auto key0 = static_cast<uint32_t>(seed), key1 = static_cast<uint32_t>(seed >> 32);
    for (int round = 0; round < 10; ++round) {
      const WideLanes k0 = wideSplat(key0), k1 = wideSplat(key1);
      for (int g = 0; g < kGroups; ++g) {
        const WideLanes product0 = wideProduct(c0[g], factor0), product1 = wideProduct(c2[g], factor1);
        c0[g] = wideXor(wideUpper(product1), c1[g], k0);
        c1[g] = product1;
        c2[g] = wideXor(wideUpper(product0), c3[g], k1);
        c3[g] = product0;
      }
      key0 += 0x9E3779B9;
      key1 += 0xBB67AE85;
    }
    for (int g = 0; g < kGroups; ++g) {
      const int64_t at = i + g * kWideLanes;
      wideStore(words[0] + at, c0[g]);
      wideStore(words[1] + at, c1[g]);
      wideStore(words[2] + at, c2[g]);
      wideStore(words[3] + at, c3[g]);
    }
  }
}

#else

template <int64_t N>
inline void philoxBlock(uint64_t first, uint64_t j, uint64_t seed, uint64_t step, uint32_t (&words)[4][N]) {
  for (int64_t i = 0; i < N; ++i) {
    const uint64_t index = first + static_cast<uint64_t>(i);
    const Words w = philox({{static_cast<uint32_t>(index), static_cast<uint32_t>((index >> 32) | (j << 16)),
                             static_cast<uint32_t>(step), static_cast<uint32_t>(step >> 32)}},
                           static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32));
    for (int c = 0; c < 4; ++c) words[c][i] = w.w[c];
  }
}

#endif
