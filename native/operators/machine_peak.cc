// weight_search::fma_peak: how many floating-point operations a second all of LibTorch's threads do together, in
// multiply-adds of float32 vectors that need nothing but registers. What a convolution's rate is to be held against.
#include <ATen/Parallel.h>
#include <torch/library.h>

#include <chrono>
#include <string>
#include <tuple>

#if defined(__x86_64__) || defined(_M_X64)
#include <immintrin.h>
#elif defined(__ARM_NEON)
#include <arm_neon.h>
#endif

namespace weight_search {

namespace {

// More chains of dependent multiply-adds than the units of any CPU have in flight (4 cycles, 2 to 4 units), and few
// enough for 16 registers.
constexpr int kChains = 12;

// Every chain tends to kAddend / (1 - kFactor) = 1: no infinities, no denormals.
constexpr float kFactor = 0.999f, kAddend = 0.001f;

// A fraction of a second; more would only be waited for.
constexpr int64_t kMaxIterations = int64_t{1} << 26;

struct Peak {
  const char* name;
  // Floats in a vector.
  int64_t lanes;
  // kChains multiply-adds of vectors, `iterations` times; the result only keeps the compiler from leaving them out.
  float (*run)(int64_t iterations);
};

// One such function for an instruction set: the type of its vectors, a vector of equal floats, x · factor + addend, and
// a vector's first float.
#define DEFINE_CHAINS(FUNCTION, ATTRIBUTE, VECTOR, EQUAL, MULTIPLY_ADD, FIRST) \
  ATTRIBUTE float FUNCTION(int64_t iterations) {                               \
    const VECTOR factor = EQUAL(kFactor), addend = EQUAL(kAddend);             \
    VECTOR chains[kChains];                                                    \
    for (int i = 0; i < kChains; ++i) chains[i] = EQUAL(1.0f / (1.0f + i));    \
    for (int64_t n = 0; n < iterations; ++n) {                                 \
      for (int i = 0; i < kChains; ++i) {                                      \
        chains[i] = MULTIPLY_ADD(chains[i], factor, addend);                   \
      }                                                                        \
    }                                                                          \
    float sum = 0;                                                             \
    for (int i = 0; i < kChains; ++i) sum += FIRST(chains[i]);                 \
    return sum;                                                                \
  }

#if defined(__x86_64__) || defined(_M_X64)

#define MULTIPLY_THEN_ADD(X, FACTOR, ADDEND) _mm_add_ps(_mm_mul_ps(X, FACTOR), ADDEND)
DEFINE_CHAINS(baselineChains, , __m128, _mm_set1_ps, MULTIPLY_THEN_ADD, _mm_cvtss_f32)
DEFINE_CHAINS(avx2Chains, __attribute__((target("avx2,fma"))), __m256, _mm256_set1_ps, _mm256_fmadd_ps, _mm256_cvtss_f32)
DEFINE_CHAINS(avx512Chains, __attribute__((target("avx512f"))), __m512, _mm512_set1_ps, _mm512_fmadd_ps, _mm512_cvtss_f32)

Peak fastest() {
  if (__builtin_cpu_supports("avx512f")) return {"avx512f", 16, avx512Chains};
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return {"avx2 fma", 8, avx2Chains};
  return {"sse2", 4, baselineChains};
}

#elif defined(__ARM_NEON)

#define NEON_MULTIPLY_ADD(X, FACTOR, ADDEND) vfmaq_f32(ADDEND, X, FACTOR)
#define NEON_FIRST(X) vgetq_lane_f32(X, 0)
DEFINE_CHAINS(neonChains, , float32x4_t, vdupq_n_f32, NEON_MULTIPLY_ADD, NEON_FIRST)

Peak fastest() { return {"neon", 4, neonChains}; }

#else

#define SCALAR(X) (X)
#define SCALAR_MULTIPLY_ADD(X, FACTOR, ADDEND) ((X) * (FACTOR) + (ADDEND))
DEFINE_CHAINS(scalarChains, , float, SCALAR, SCALAR_MULTIPLY_ADD, SCALAR)

Peak fastest() { return {"scalar", 1, scalarChains}; }

#endif

std::tuple<double, std::string> fmaPeak(int64_t iterations) {
  TORCH_CHECK(iterations > 0, "iterations must be positive, not ", iterations);
  TORCH_CHECK(iterations <= kMaxIterations, "iterations must be at most ", kMaxIterations, ", not ", iterations);
  const Peak peak = fastest();
  const int64_t threads = at::get_num_threads();
  std::vector<float> sums(static_cast<size_t>(threads));
  const auto begin = std::chrono::steady_clock::now();
  at::parallel_for(0, threads, 1, [&](int64_t first, int64_t last) {
    for (int64_t thread = first; thread < last; ++thread) sums[static_cast<size_t>(thread)] = peak.run(iterations);
  });
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
  for (const float sum : sums) TORCH_CHECK(sum > 0, "the multiply-adds gave ", sum);
  const auto operations = static_cast<double>(2 * kChains * peak.lanes * iterations * threads);
  return {operations / elapsed.count(), peak.name};
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(weight_search, library) { library.def("fma_peak(int iterations) -> (float, str)", fmaPeak); }

}  // namespace weight_search
