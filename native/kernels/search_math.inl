// Included by search_kernels.inl and by the CUDA kernels, each time inside a namespace of its own: the functions of the noise
// and the softmax. In float they are additions, multiplications and bits, none of them contracted, so that every
// instruction set and device gives the same bits.

// e^x for x <= 0, 2e-7 relative; 0 below -87. After Cephes' expf (Moshier), without its branches.
WEIGHT_SEARCH_HOST_DEVICE inline float exponential(float x) {
  const float clamped = x < -87.0f ? -87.0f : x;
  const float shifted = clamped * 1.44269504f + 12582912.0f, n = shifted - 12582912.0f;
  const float r = clamped - n * 0.693359375f - n * -2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r + 1.0f;
  // n as an integer is in the lower bits of n + 3 * 2^22. A conversion of n would be undefined for a NaN.
  uint32_t bits;
  __builtin_memcpy(&bits, &shifted, sizeof bits);
  const uint32_t exponent = (bits - 0x4B400000u + 127u) << 23;
  float scale;
  __builtin_memcpy(&scale, &exponent, sizeof scale);
  // A NaN passes through all of this.
  return x < -87.0f ? 0.0f : p * scale;
}

// ln x for positive normal x. After Cephes' logf (Moshier), without its branches.
WEIGHT_SEARCH_HOST_DEVICE inline float logarithm(float x) {
  int32_t bits;
  __builtin_memcpy(&bits, &x, sizeof bits);
  // x = m 2^exponent with m from sqrt(1/2), whose bits these are, to sqrt(2).
  const int32_t exponent = (bits - 0x3F3504F3) >> 23;
  const int32_t mantissa = bits - static_cast<int32_t>(static_cast<uint32_t>(exponent) << 23);
  float m;
  __builtin_memcpy(&m, &mantissa, sizeof m);
  const float f = m - 1.0f;
  const float e = static_cast<float>(exponent);
  float p = 7.0376836292e-2f;
  p = p * f - 1.1514610310e-1f;
  p = p * f + 1.1676998740e-1f;
  p = p * f - 1.2420140846e-1f;
  p = p * f + 1.4249322787e-1f;
  p = p * f - 1.6668057665e-1f;
  p = p * f + 2.0000714765e-1f;
  p = p * f - 2.4999993993e-1f;
  p = p * f + 3.3333331174e-1f;
  const float square = f * f;
  return f + (p * f * square - 0.5f * square + e * -2.12194440e-4f) + e * 0.693359375f;
}

WEIGHT_SEARCH_HOST_DEVICE inline double exponential(double x) { return std::exp(x); }
WEIGHT_SEARCH_HOST_DEVICE inline double logarithm(double x) { return std::log(x); }

// A uniform number in (0, 1), both ends excluded exactly: with 24 bits for float a rounding would reach 1.
WEIGHT_SEARCH_HOST_DEVICE inline void uniform(uint32_t word, float& u) {
  u = (static_cast<float>(static_cast<int32_t>(word >> 9)) + 0.5f) * 0x1p-23f;
}
WEIGHT_SEARCH_HOST_DEVICE inline void uniform(uint32_t word, double& u) { u = (static_cast<double>(word) + 0.5) * 0x1p-32; }
