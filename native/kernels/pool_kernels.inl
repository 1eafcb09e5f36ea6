// Included by pool_kernels_baseline.cc and pool_kernels_avx2.cc, each inside a namespace of its own. Lanes are channels.

constexpr int64_t kLanes = 8;
typedef float Values __attribute__((vector_size(4 * kLanes)));
typedef int32_t Places __attribute__((vector_size(4 * kLanes)));
typedef uint8_t Bytes __attribute__((vector_size(kLanes)));

void forward(const float* x, int64_t right, int64_t below, int64_t channels, float* y, uint8_t* choices) {
  const int64_t offsets[4] = {0, right, below, below + right};
  int64_t c = 0;
  for (; c + kLanes <= channels; c += kLanes) {
    Values greatest, value;
    __builtin_memcpy(&greatest, x + c, sizeof greatest);
    Places chosen = {};
    for (int32_t p = 1; p < 4; ++p) {
      __builtin_memcpy(&value, x + offsets[p] + c, sizeof value);
      const Places wins = (value > greatest) | (value != value);
      greatest = wins ? value : greatest;
      chosen = wins ? Places{} + p : chosen;
    }
    const Bytes bytes = __builtin_convertvector(chosen, Bytes);
    __builtin_memcpy(y + c, &greatest, sizeof greatest);
    __builtin_memcpy(choices + c, &bytes, sizeof bytes);
  }
  for (; c < channels; ++c) {
    float greatest = x[c];
    uint8_t chosen = 0;
    for (uint8_t p = 1; p < 4; ++p) {
      const float value = x[offsets[p] + c];
      const bool wins = value > greatest || value != value;
      greatest = wins ? value : greatest;
      chosen = wins ? p : chosen;
    }
    y[c] = greatest;
    choices[c] = chosen;
  }
}

void backward(const float* dy, const uint8_t* choices, int64_t right, int64_t below, int64_t channels, float* dx) {
  const int64_t offsets[4] = {0, right, below, below + right};
  int64_t c = 0;
  for (; c + kLanes <= channels; c += kLanes) {
    Values gradient;
    Bytes bytes;
    __builtin_memcpy(&gradient, dy + c, sizeof gradient);
    __builtin_memcpy(&bytes, choices + c, sizeof bytes);
    const Places chosen = __builtin_convertvector(bytes, Places);
    for (int32_t p = 0; p < 4; ++p) {
      const Values part = chosen == p ? gradient : Values{};
      __builtin_memcpy(dx + offsets[p] + c, &part, sizeof part);
    }
  }
  for (; c < channels; ++c) {
    for (uint8_t p = 0; p < 4; ++p) dx[offsets[p] + c] = choices[c] == p ? dy[c] : 0.0f;
  }
}

constexpr PoolKernels kPoolKernels = {forward, backward};
