// Included by quantize_kernels_baseline.cc and quantize_kernels_avx2.cc, each inside a namespace of its own. Sums have kLanes terms
// whatever the instruction set, so that all sets give the same bits.

constexpr int64_t kLanes = 8;

void pact(const float* __restrict x, int64_t n, float clip, float steps, float* __restrict y) {
  const float step = clip / steps, divisor = clip == 0 ? 1.0f : clip;
  for (int64_t i = 0; i < n; ++i) {
    const float positive = x[i] < 0 ? 0.0f : x[i];
    const float clipped = positive >= clip ? clip : positive;
    // Halves go to the even neighbour, as in LibTorch.
    y[i] = __builtin_rintf(clipped / divisor * steps) * step;
  }
}

double pactBackward(const float* __restrict x, const float* __restrict dy, int64_t n, float clip, float* __restrict dx) {
  double sums[kLanes] = {};
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (int64_t lane = 0; lane < kLanes; ++lane) {
      const float value = x[i + lane], gradient = dy[i + lane];
      const bool isClipped = value >= clip;
      dx[i + lane] = value >= 0 && !isClipped ? gradient : 0.0f;
      sums[lane] += static_cast<double>(isClipped ? gradient : 0.0f);
    }
  }
  for (int64_t lane = 0; i < n; ++i, ++lane) {
    const bool isClipped = x[i] >= clip;
    dx[i] = x[i] >= 0 && !isClipped ? dy[i] : 0.0f;
    sums[lane] += static_cast<double>(isClipped ? dy[i] : 0.0f);
  }
  double total = 0;
  for (const double sum : sums) total += sum;
  return total;
}

void sign(const float* __restrict x, int64_t n, float* __restrict y) {
  for (int64_t i = 0; i < n; ++i) {
    const float side = x[i] >= 0 ? 1.0f : -1.0f;
    y[i] = x[i] == x[i] ? side : x[i];
  }
}

void signBackward(const float* __restrict x, const float* __restrict dy, int64_t n, float* __restrict dx) {
  for (int64_t i = 0; i < n; ++i) {
    const float slope = 2.0f - 2.0f * __builtin_fabsf(x[i]);
    dx[i] = x[i] >= -1.0f && x[i] < 1.0f ? dy[i] * slope : 0.0f;
  }
}

constexpr QuantizeKernels kQuantizeKernels = {pact, pactBackward, sign, signBackward};
