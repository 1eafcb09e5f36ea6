// Included by norm_kernels_baseline.cc and norm_kernels_avx2.cc, each inside a namespace of its own.
//
// Sums run in float over kBlock rows at a time and from there in double: as exact as a sum in double throughout, and as
// fast as one in float. C is the number of channels where the compiler should know it, 0 for any other; R whether negative results
// become 0.

constexpr int64_t kBlock = 64;

template <int C, bool>
void moments(const float* __restrict x, int64_t rows, int64_t runtimeChannels, double* __restrict mean, double* __restrict squares) {
  const int64_t channels = C ? C : runtimeChannels;
  float blockMean[C ? C : kMaxNormChannels], blockSquares[C ? C : kMaxNormChannels];
  for (int64_t c = 0; c < channels; ++c) mean[c] = squares[c] = 0;
  for (int64_t first = 0; first < rows; first += kBlock) {
    const int64_t count = rows - first < kBlock ? rows - first : kBlock;
    const float* block = x + first * channels;
    for (int64_t c = 0; c < channels; ++c) blockMean[c] = blockSquares[c] = 0;
    for (int64_t r = 0; r < count; ++r) {
      for (int64_t c = 0; c < channels; ++c) blockMean[c] += block[r * channels + c];
    }
    const float inverse = 1.0f / static_cast<float>(count);
    for (int64_t c = 0; c < channels; ++c) blockMean[c] *= inverse;
    for (int64_t r = 0; r < count; ++r) {
      for (int64_t c = 0; c < channels; ++c) {
        const float difference = block[r * channels + c] - blockMean[c];
        blockSquares[c] += difference * difference;
      }
    }
    // Chan, Golub, LeVeque, "Updating Formulae and a Pairwise Algorithm for Computing Sample Variances", 1979.
    const double before = static_cast<double>(first), added = static_cast<double>(count), total = before + added;
    for (int64_t c = 0; c < channels; ++c) {
      const double difference = static_cast<double>(blockMean[c]) - mean[c];
      mean[c] += difference * (added / total);
      squares[c] += static_cast<double>(blockSquares[c]) + difference * difference * (before * added / total);
    }
  }
}

template <int C, bool R>
void forward(const float* __restrict x, const float* __restrict residual, int64_t rows, int64_t runtimeChannels,
             const float* __restrict mean, const float* __restrict scale, const float* __restrict bias, float* __restrict y) {
  const int64_t channels = C ? C : runtimeChannels;
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < channels; ++c) {
      const int64_t n = r * channels + c;
      float value = (x[n] - mean[c]) * scale[c] + bias[c];
      if (residual != nullptr) value += residual[n];
      // As LibTorch's relu: NaN stays NaN.
      y[n] = R && value < 0 ? 0.0f : value;
    }
  }
}

template <int C, bool R>
void reduce(const float* __restrict x, const float* __restrict y, const float* __restrict dy, int64_t rows, int64_t runtimeChannels,
            const float* __restrict mean, double* __restrict sum, double* __restrict product, float* __restrict masked) {
  const int64_t channels = C ? C : runtimeChannels;
  float blockSum[C ? C : kMaxNormChannels], blockProduct[C ? C : kMaxNormChannels];
  for (int64_t c = 0; c < channels; ++c) sum[c] = product[c] = 0;
  for (int64_t first = 0; first < rows; first += kBlock) {
    const int64_t last = rows - first < kBlock ? rows : first + kBlock;
    for (int64_t c = 0; c < channels; ++c) blockSum[c] = blockProduct[c] = 0;
    for (int64_t r = first; r < last; ++r) {
      for (int64_t c = 0; c < channels; ++c) {
        const int64_t n = r * channels + c;
        const float upstream = dy[n];
        const float g = !R || y[n] > 0 ? upstream : 0.0f;
        blockSum[c] += g;
        blockProduct[c] += g * (x[n] - mean[c]);
        if (masked != nullptr) masked[n] = g;
      }
    }
    for (int64_t c = 0; c < channels; ++c) {
      sum[c] += static_cast<double>(blockSum[c]);
      product[c] += static_cast<double>(blockProduct[c]);
    }
  }
}

template <int C, bool R>
void backward(const float* __restrict x, const float* __restrict y, const float* __restrict dy, int64_t rows, int64_t runtimeChannels,
              const float* __restrict mean, const float* __restrict scale, const float* __restrict slope, const float* __restrict offset,
              float* __restrict dx) {
  const int64_t channels = C ? C : runtimeChannels;
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < channels; ++c) {
      const int64_t n = r * channels + c;
      const float upstream = dy[n];
      const float g = !R || y[n] > 0 ? upstream : 0.0f;
      dx[n] = g * scale[c] - (x[n] - mean[c]) * slope[c] - offset[c];
    }
  }
}

// Calls the instance for the number of channels; those that ResNets and VGGs begin with are known to the compiler.
#define FOR_CHANNELS(FUNCTION, RECTIFIES, ...)             \
  switch (channels) {                                      \
    case 16: return FUNCTION<16, RECTIFIES>(__VA_ARGS__);  \
    case 32: return FUNCTION<32, RECTIFIES>(__VA_ARGS__);  \
    case 64: return FUNCTION<64, RECTIFIES>(__VA_ARGS__);  \
    default: return FUNCTION<0, RECTIFIES>(__VA_ARGS__);   \
  }

void anyMoments(const float* x, int64_t rows, int64_t channels, double* mean, double* squares) {
  FOR_CHANNELS(moments, false, x, rows, channels, mean, squares)
}

void anyForward(const float* x, const float* residual, int64_t rows, int64_t channels, const float* mean, const float* scale,
                const float* bias, bool rectifies, float* y) {
  if (rectifies) {
    FOR_CHANNELS(forward, true, x, residual, rows, channels, mean, scale, bias, y)
  } else {
    FOR_CHANNELS(forward, false, x, residual, rows, channels, mean, scale, bias, y)
  }
}

void anyReduce(const float* x, const float* y, const float* dy, int64_t rows, int64_t channels, const float* mean, double* sum,
               double* product, float* masked) {
  if (y != nullptr) {
    FOR_CHANNELS(reduce, true, x, y, dy, rows, channels, mean, sum, product, masked)
  } else {
    FOR_CHANNELS(reduce, false, x, y, dy, rows, channels, mean, sum, product, masked)
  }
}

void anyBackward(const float* x, const float* y, const float* dy, int64_t rows, int64_t channels, const float* mean, const float* scale,
                 const float* slope, const float* offset, float* dx) {
  if (y != nullptr) {
    FOR_CHANNELS(backward, true, x, y, dy, rows, channels, mean, scale, slope, offset, dx)
  } else {
    FOR_CHANNELS(backward, false, x, y, dy, rows, channels, mean, scale, slope, offset, dx)
  }
}

#undef FOR_CHANNELS

constexpr NormKernels kNormKernels = {anyMoments, anyForward, anyReduce, anyBackward};
