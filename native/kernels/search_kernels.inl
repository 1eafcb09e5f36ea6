// Included by search_kernels_baseline.cc, …_avx2.cc and …_avx512.cc, each inside a namespace of its own.
//
// Weights are worked on in blocks: the K logits of kBlock weights are transposed into K rows of kBlock lanes, so that
// every loop over lanes is plain element-wise arithmetic, which the compiler vectorises. K is a compile-time constant
// for the sizes that matter, which also makes the transposition a shuffle; 0 stands for any other K.

// 2 KiB of logits: larger blocks take longer than the processor prefetches what follows them. K = 0 is any K.
template <int K>
constexpr int64_t kBlock = K == 0 ? 64 : K <= 2 ? 256 : K <= 4 ? 128 : K <= 8 ? 64 : 32;

#ifdef __AVX512F__
constexpr int64_t kVectorBytes = 64;
#else
constexpr int64_t kVectorBytes = 32;
#endif

#include "kernels/search_math.inl"
#include "kernels/search_noise.inl"
#include "kernels/search_transpose.inl"

// Adds noiseScale * Gumbel(0, 1) to the lanes. Weight i's words 4j … 4j+3 are Philox at the counter (i, j, step).
template <typename T, int K>
void addNoise(const Draw<T>& draw, int64_t valueCount, T* rows, int64_t first) {
  for (int64_t j = 0; j * 4 < valueCount; ++j) {
    uint32_t words[4][kBlock<K>];
    philoxBlock(static_cast<uint64_t>(first), static_cast<uint64_t>(j), draw.seed, draw.step, words);
    const int64_t columns = valueCount - j * 4 < 4 ? valueCount - j * 4 : 4;
    const T noiseScale = draw.noiseScale;
    for (int64_t c = 0; c < columns; ++c) {
      T* row = rows + (j * 4 + c) * kBlock<K>;
      for (int64_t i = 0; i < kBlock<K>; ++i) {
        T u;
        uniform(words[c][i], u);
        row[i] += noiseScale * -logarithm(-logarithm(u));
      }
    }
  }
}

// Rows of perturbed logits a + s g for the weights first … first + count - 1; lanes past count are 0.
template <typename T, int K>
void loadRows(const Draw<T>& draw, int64_t first, int64_t count, T* rows) {
  const int64_t valueCount = K ? K : draw.valueCount;
  const T* logits = draw.logits + first * valueCount;
  if (count == kBlock<K>) {
    Transpose<T, K>::toRows(logits, rows, valueCount);
  } else {
    for (int64_t n = 0; n < valueCount * kBlock<K>; ++n) rows[n] = 0;
    for (int64_t i = 0; i < count; ++i) {
      for (int64_t k = 0; k < valueCount; ++k) rows[k * kBlock<K> + i] = logits[i * valueCount + k];
    }
  }
  if (draw.noiseScale != 0) addNoise<T, K>(draw, valueCount, rows, first);
}

// rows: perturbed logits in, p = softmax(rows / t) times the sum of its exponentials out; inverse: 1 / that sum; mean:
// sum_k p_k v_k.
// The greatest logit is compared rather than subtracted, so that infinite ones give 0 and 1 instead of NaN, and all
// minus infinity gives the uniform distribution, as all equal logits do.
template <typename T, int K>
void softmaxRows(const Draw<T>& draw, T* __restrict rows, T* __restrict mean, T* __restrict inverse) {
  const int64_t valueCount = K ? K : draw.valueCount;
  // Copies, since the compiler cannot know that rows and draw are different memory.
  const T inverseTemperature = T(1) / draw.temperature;
  T greatest[kBlock<K>];
  for (int64_t i = 0; i < kBlock<K>; ++i) greatest[i] = rows[i];
  for (int64_t k = 1; k < valueCount; ++k) {
    for (int64_t i = 0; i < kBlock<K>; ++i) {
      const T x = rows[k * kBlock<K> + i];
      greatest[i] = x > greatest[i] ? x : greatest[i];
    }
  }
  for (int64_t i = 0; i < kBlock<K>; ++i) inverse[i] = mean[i] = 0;
  for (int64_t k = 0; k < valueCount; ++k) {
    const T value = draw.values[k];
    for (int64_t i = 0; i < kBlock<K>; ++i) {
      const T x = rows[k * kBlock<K> + i];
      const T difference = (x - greatest[i]) * inverseTemperature;
      const T e = exponential(x == greatest[i] ? T(0) : difference);
      rows[k * kBlock<K> + i] = e;
      inverse[i] += e;
      mean[i] += e * value;
    }
  }
  for (int64_t i = 0; i < kBlock<K>; ++i) {
    inverse[i] = T(1) / inverse[i];
    mean[i] *= inverse[i];
  }
}

// Lanes worked on together. The compiler makes of them what the instruction set has; written as loops over lanes, the
// choice below would become jumps.
template <typename T>
struct Lanes {
  typedef T Vector __attribute__((vector_size(kVectorBytes)));
  static constexpr int64_t kCount = kVectorBytes / sizeof(T);
  // By reference: handing vectors over by value depends on the instruction set.
  static void load(const T* from, Vector& x) { __builtin_memcpy(&x, from, sizeof x); }
  static void store(T* to, const Vector& x) { __builtin_memcpy(to, &x, sizeof x); }
};

// The first of the greatest perturbed logits wins. A NaN logit gives a NaN weight: it must not pass for a result.
template <typename T, int K>
void hardRows(const Draw<T>& draw, const T* __restrict rows, T* __restrict weights) {
  using L = Lanes<T>;
  using Vector = typename L::Vector;
  const int64_t valueCount = K ? K : draw.valueCount;
  const T* values = draw.values;
  for (int64_t i = 0; i < kBlock<K>; i += L::kCount) {
    Vector greatest, x;
    L::load(rows + i, greatest);
    Vector weight = Vector{} + values[0];
    Vector poison = greatest != greatest ? greatest : Vector{};
    for (int64_t k = 1; k < valueCount; ++k) {
      L::load(rows + k * kBlock<K> + i, x);
      const auto wins = x > greatest;
      greatest = wins ? x : greatest;
      weight = wins ? Vector{} + values[k] : weight;
      poison = x != x ? x : poison;
    }
    L::store(weights + i, poison != poison ? poison : weight);
  }
}

// Memory for the logits of one block: on the stack where K is known, else on the heap once a range.
template <typename T, int K>
struct Scratch {
  explicit Scratch(int64_t) {}
  T* get() { return rows; }
  alignas(64) T rows[K * kBlock<K>];
};
template <typename T>
struct Scratch<T, 0> {
  explicit Scratch(int64_t valueCount) : rows(static_cast<size_t>(valueCount * kBlock<0>)) {}
  T* get() { return rows.data(); }
  std::vector<T> rows;
};

template <typename T, int K>
void sampleRange(const Draw<T>& draw, bool hard, T* weights, int64_t begin, int64_t end) {
  Scratch<T, K> scratch(draw.valueCount);
  T* rows = scratch.get();
  T block[kBlock<K>], inverse[kBlock<K>];
  for (int64_t first = begin; first < end; first += kBlock<K>) {
    const int64_t count = end - first < kBlock<K> ? end - first : kBlock<K>;
    loadRows<T, K>(draw, first, count, rows);
    if (hard) {
      hardRows<T, K>(draw, rows, block);
    } else {
      softmaxRows<T, K>(draw, rows, block, inverse);
    }
    for (int64_t i = 0; i < count; ++i) weights[first + i] = block[i];
  }
}

// rows, mean and inverse as softmaxRows leaves them; dL/dlogits out in rows.
template <typename T, int K>
void gradientRows(const Draw<T>& draw, const T* weightGradients, int64_t count, const T* mean, const T* inverse,
                  T* __restrict rows) {
  const int64_t valueCount = K ? K : draw.valueCount;
  T scaled[kBlock<K>] = {};
  for (int64_t i = 0; i < count; ++i) scaled[i] = weightGradients[i] / draw.temperature * inverse[i];
  for (int64_t k = 0; k < valueCount; ++k) {
    const T value = draw.values[k];
    for (int64_t i = 0; i < kBlock<K>; ++i) rows[k * kBlock<K> + i] *= (value - mean[i]) * scaled[i];
  }
}

template <typename T, int K>
void backwardRange(const Draw<T>& draw, const T* weightGradients, T* logitGradients, int64_t begin, int64_t end) {
  const int64_t valueCount = K ? K : draw.valueCount;
  Scratch<T, K> scratch(draw.valueCount);
  T* rows = scratch.get();
  T mean[kBlock<K>], inverse[kBlock<K>];
  for (int64_t first = begin; first < end; first += kBlock<K>) {
    const int64_t count = end - first < kBlock<K> ? end - first : kBlock<K>;
    loadRows<T, K>(draw, first, count, rows);
    softmaxRows<T, K>(draw, rows, mean, inverse);
    gradientRows<T, K>(draw, weightGradients + first, count, mean, inverse, rows);
    T* out = logitGradients + first * valueCount;
    if (count == kBlock<K>) {
      Transpose<T, K>::fromRows(rows, out, valueCount);
    } else {
      for (int64_t i = 0; i < count; ++i) {
        for (int64_t k = 0; k < valueCount; ++k) out[i * valueCount + k] = rows[k * kBlock<K> + i];
      }
    }
  }
}

template <typename T, int K>
void sgdRange(const Draw<T>& draw, const SgdStep<T>& step, const T* weightGradients, T* logits, T* momenta, T* hardWeights,
              int64_t begin, int64_t end) {
  const int64_t valueCount = K ? K : draw.valueCount;
  Scratch<T, K> scratch(draw.valueCount), backScratch(draw.valueCount);
  T* rows = scratch.get();
  T* gradients = backScratch.get();
  T mean[kBlock<K>], inverse[kBlock<K>];
  Draw<T> withoutNoise = draw;
  withoutNoise.noiseScale = 0;
  // Copies, since the compiler cannot know that step and the momenta are different memory.
  const T momentum = step.momentum, weightDecay = step.weightDecay, learningRate = step.learningRate;
  for (int64_t first = begin; first < end; first += kBlock<K>) {
    const int64_t count = end - first < kBlock<K> ? end - first : kBlock<K>;
    loadRows<T, K>(draw, first, count, rows);
    softmaxRows<T, K>(draw, rows, mean, inverse);
    gradientRows<T, K>(draw, weightGradients + first, count, mean, inverse, rows);
    Transpose<T, K>::fromRows(rows, gradients, valueCount);
    T* __restrict a = logits + first * valueCount;
    T* __restrict m = momenta + first * valueCount;
    for (int64_t n = 0; n < count * valueCount; ++n) {
      m[n] = momentum * m[n] + (gradients[n] + weightDecay * a[n]);
      a[n] -= learningRate * m[n];
    }
    if (hardWeights != nullptr) {
      loadRows<T, K>(withoutNoise, first, count, rows);
      hardRows<T, K>(withoutNoise, rows, mean);
      for (int64_t i = 0; i < count; ++i) hardWeights[first + i] = mean[i];
    }
  }
}

// Calls the instance for K = draw.valueCount.
#define FOR_VALUE_COUNT(FUNCTION, ...)                         \
  switch (draw.valueCount) {                                   \
    case 2: return FUNCTION<T, 2>(__VA_ARGS__);                \
    case 3: return FUNCTION<T, 3>(__VA_ARGS__);                \
    case 4: return FUNCTION<T, 4>(__VA_ARGS__);                \
    case 8: return FUNCTION<T, 8>(__VA_ARGS__);                \
    case 16: return FUNCTION<T, 16>(__VA_ARGS__);              \
    default: return FUNCTION<T, 0>(__VA_ARGS__);               \
  }

template <typename T>
void sample(const Draw<T>& draw, bool hard, T* weights, int64_t begin, int64_t end) {
  FOR_VALUE_COUNT(sampleRange, draw, hard, weights, begin, end)
}

template <typename T>
void backward(const Draw<T>& draw, const T* weightGradients, T* logitGradients, int64_t begin, int64_t end) {
  FOR_VALUE_COUNT(backwardRange, draw, weightGradients, logitGradients, begin, end)
}

template <typename T>
void sgd(const Draw<T>& draw, const SgdStep<T>& step, const T* weightGradients, T* logits, T* momenta, T* hardWeights, int64_t begin,
         int64_t end) {
  FOR_VALUE_COUNT(sgdRange, draw, step, weightGradients, logits, momenta, hardWeights, begin, end)
}

#undef FOR_VALUE_COUNT
