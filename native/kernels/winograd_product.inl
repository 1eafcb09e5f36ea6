// Included after winograd_transform.inl: the matrix products between the transforms, one a point. kRowsOfTwo and kRowsOfOne
// are how many rows of two vectors and of one fit into the registers as sums; both divide kTileGroup. kOuterRows likewise.

inline Vec splat(float s) { return s - Vec{}; }

// out[r, o] = sum_i in[r, i] panel[i, o] for R rows and V vectors of outputs.
template <int R, int V>
inline void multiplyRows(const float* __restrict in, int64_t inStride, const float* __restrict panel, int64_t inputs,
                         float* __restrict out, int64_t outStride) {
  Vec sums[R][V] = {};
  for (int64_t i = 0; i < inputs; ++i) {
    Vec weights[V];
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) weights[v] = load(panel + (i * V + v) * kLanes);
#pragma GCC unroll 24
    for (int r = 0; r < R; ++r) {
      const Vec x = splat(in[r * inStride + i]);
#pragma GCC unroll 2
      for (int v = 0; v < V; ++v) sums[r][v] += x * weights[v];
    }
  }
#pragma GCC unroll 24
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) store(out + r * outStride + v * kLanes, sums[r][v]);
  }
}

template <int R, int V>
inline void multiplyPanels(const TileBlock& in, int64_t inputs, const float* transformed, int64_t plane, int64_t outputs, int64_t count,
                           const TileBlock& out) {
  static_assert(kTileGroup % R == 0);
  for (int64_t n = 0; n < kPoints; ++n) {
    for (int64_t o = 0; o < outputs; o += V * kLanes) {
      for (int64_t t = 0; t < count; t += R) {
        multiplyRows<R, V>(in.points + n * in.plane + t * in.stride, in.stride, transformed + n * plane + o * inputs, inputs,
                           out.points + n * out.plane + t * out.stride + o, out.stride);
      }
    }
  }
}

void multiply(const TileBlock& in, int64_t inputs, const float* transformed, int64_t plane, int64_t outputs, int64_t count,
              const TileBlock& out) {
  if (panelOf(outputs) == 2 * kLanes) {
    multiplyPanels<kRowsOfTwo, 2>(in, inputs, transformed, plane, outputs, count, out);
  } else {
    multiplyPanels<kRowsOfOne, 1>(in, inputs, transformed, plane, outputs, count, out);
  }
}

// panel[r, o] = or += sum_t in[t, r] gradients[t, o] for R inputs and V vectors of outputs.
template <int R, int V>
inline void accumulateRows(const float* __restrict in, int64_t inStride, const float* __restrict gradients, int64_t gradientStride,
                           int64_t count, bool added, float* __restrict panel) {
  Vec sums[R][V] = {};
  for (int64_t t = 0; t < count; ++t) {
    Vec g[V];
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) g[v] = load(gradients + t * gradientStride + v * kLanes);
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
      const Vec x = splat(in[t * inStride + r]);
#pragma GCC unroll 2
      for (int v = 0; v < V; ++v) sums[r][v] += x * g[v];
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) {
      float* at = panel + (r * V + v) * kLanes;
      store(at, added ? load(at) + sums[r][v] : sums[r][v]);
    }
  }
}

template <int R, int V>
inline void accumulatePanels(const TileBlock& in, int64_t inputs, const TileBlock& gradients, int64_t count, bool added, int64_t point,
                             int64_t begin, int64_t end, float* transformed, int64_t plane) {
  static_assert(kMaxLanes % R == 0);
  for (int64_t o = begin * V * kLanes; o < end * V * kLanes; o += V * kLanes) {
    for (int64_t i = 0; i < inputs; i += R) {
      accumulateRows<R, V>(in.points + point * in.plane + i, in.stride, gradients.points + point * gradients.plane + o, gradients.stride,
                           count, added, transformed + point * plane + o * inputs + i * V * kLanes);
    }
  }
}

void accumulate(const TileBlock& in, int64_t inputs, const TileBlock& gradients, int64_t outputs, int64_t count, bool added,
                int64_t point, int64_t begin, int64_t end, float* transformed, int64_t plane) {
  if (panelOf(outputs) == 2 * kLanes) {
    accumulatePanels<kOuterRows, 2>(in, inputs, gradients, count, added, point, begin, end, transformed, plane);
  } else {
    accumulatePanels<2 * kOuterRows, 1>(in, inputs, gradients, count, added, point, begin, end, transformed, plane);
  }
}
