// Included by winograd_kernels_avx2.cc and winograd_kernels_avx512.cc, each with its own kLanes, inside a namespace of its own.
//
// Winograd's F(4 x 4, 3 x 3) at the points 0, ±sqrt(1/2), ±sqrt(2) and infinity: its errors are half those of the usual points
// 0, ±1, ±2, and the constants pair up as well. Lanes are channels, so a transform is plain arithmetic on vectors.

typedef float Vec __attribute__((vector_size(4 * kLanes)));

inline Vec load(const float* from) {
  Vec x;
  __builtin_memcpy(&x, from, sizeof x);
  return x;
}
inline void store(float* to, Vec x) { __builtin_memcpy(to, &x, sizeof x); }

constexpr float kA = 0.70710678118654752f, kB = 1.41421356237309505f;

// v = B' d
inline void transformInput(const Vec (&d)[6], Vec (&v)[6]) {
  const Vec evenA = d[4] - 2.0f * d[2], oddA = d[3] - 2.0f * d[1];
  const Vec evenB = d[4] - 0.5f * d[2], oddB = d[3] - 0.5f * d[1];
  v[0] = d[4] - 2.5f * d[2] + d[0];
  v[1] = evenA + kA * oddA;
  v[2] = evenA - kA * oddA;
  v[3] = evenB + kB * oddB;
  v[4] = evenB - kB * oddB;
  v[5] = d[5] - 2.5f * d[3] + d[1];
}

// y = A' m
inline void transformOutput(const Vec (&m)[6], Vec (&y)[4]) {
  const Vec sumA = m[1] + m[2], differenceA = m[1] - m[2], sumB = m[3] + m[4], differenceB = m[3] - m[4];
  y[0] = m[0] + sumA + sumB;
  y[1] = kA * differenceA + kB * differenceB;
  y[2] = 0.5f * sumA + 2.0f * sumB;
  y[3] = 0.5f * kA * differenceA + (2.0f * kB * differenceB + m[5]);
}

// m = A y
inline void transformGradient(const Vec (&y)[4], Vec (&m)[6]) {
  const Vec evenA = y[0] + 0.5f * y[2], oddA = y[1] + 0.5f * y[3];
  const Vec evenB = y[0] + 2.0f * y[2], oddB = y[1] + 2.0f * y[3];
  m[0] = y[0];
  m[1] = evenA + kA * oddA;
  m[2] = evenA - kA * oddA;
  m[3] = evenB + kB * oddB;
  m[4] = evenB - kB * oddB;
  m[5] = y[3];
}

constexpr float kScaleA = -2.0f / 3.0f, kScaleB = 1.0f / 6.0f;

// u = G g
inline void transformKernel(const Vec (&g)[3], Vec (&u)[6]) {
  const Vec evenA = kScaleA * (g[0] + 0.5f * g[2]), oddA = kScaleA * kA * g[1];
  const Vec evenB = kScaleB * (g[0] + 2.0f * g[2]), oddB = kScaleB * kB * g[1];
  u[0] = g[0];
  u[1] = evenA + oddA;
  u[2] = evenA - oddA;
  u[3] = evenB + oddB;
  u[4] = evenB - oddB;
  u[5] = g[2];
}

// g = G' u
inline void transformKernelGradient(const Vec (&u)[6], Vec (&g)[3]) {
  const Vec sumA = kScaleA * (u[1] + u[2]), sumB = kScaleB * (u[3] + u[4]);
  g[0] = u[0] + sumA + sumB;
  g[1] = kScaleA * kA * (u[1] - u[2]) + kScaleB * kB * (u[3] - u[4]);
  g[2] = 0.5f * sumA + 2.0f * sumB + u[5];
}

// Where a tile is: its image, and its first output pixel.
struct TilePlace {
  int64_t image, top, left;
};

inline TilePlace placeOf(const ImageGrid& grid, int64_t tile) {
  const int64_t perImage = grid.tilesDown * grid.tilesAcross, rest = tile % perImage;
  return {tile / perImage, rest / grid.tilesAcross * kTileSide, rest % grid.tilesAcross * kTileSide};
}

template <bool kInside>
inline void transformInputTile(const float* image, const ImageGrid& grid, int64_t top, int64_t left, float* out, int64_t plane) {
  const int64_t width = grid.width, channels = grid.channels;
  for (int64_t c = 0; c < channels; c += kLanes) {
    Vec half[6][6];
    for (int j = 0; j < 6; ++j) {
      Vec d[6], v[6];
      const int64_t x = left + j;
      for (int i = 0; i < 6; ++i) {
        const int64_t y = top + i;
        const bool inside = kInside || (y >= 0 && y < grid.height && x >= 0 && x < width);
        d[i] = inside ? load(image + (y * width + x) * channels + c) : Vec{};
      }
      transformInput(d, v);
      for (int i = 0; i < 6; ++i) half[i][j] = v[i];
    }
    for (int i = 0; i < 6; ++i) {
      Vec v[6];
      transformInput(half[i], v);
      for (int j = 0; j < 6; ++j) store(out + (i * 6 + j) * plane + c, v[j]);
    }
  }
}

void transformInputs(const float* images, const ImageGrid& grid, int64_t first, int64_t count, int64_t padded, const TileBlock& block) {
  for (int64_t t = 0; t < count; ++t) {
    const TilePlace place = placeOf(grid, first + t);
    const float* image = images + place.image * grid.height * grid.width * grid.channels;
    const int64_t top = place.top - 1, left = place.left - 1;
    float* out = block.points + t * block.stride;
    if (top >= 0 && left >= 0 && top + 6 <= grid.height && left + 6 <= grid.width) {
      transformInputTile<true>(image, grid, top, left, out, block.plane);
    } else {
      transformInputTile<false>(image, grid, top, left, out, block.plane);
    }
  }
  for (int64_t n = 0; n < kPoints; ++n) {
    for (int64_t t = count; t < padded; ++t) {
      for (int64_t c = 0; c < grid.channels; c += kLanes) store(block.points + n * block.plane + t * block.stride + c, Vec{});
    }
  }
}

void transformOutputs(const TileBlock& block, const ImageGrid& grid, int64_t first, int64_t count, float* images) {
  const int64_t channels = grid.channels, width = grid.width;
  for (int64_t t = 0; t < count; ++t) {
    const TilePlace place = placeOf(grid, first + t);
    const int64_t rows = grid.height - place.top, columns = width - place.left;
    float* tile = images + ((place.image * grid.height + place.top) * width + place.left) * channels;
    const float* points = block.points + t * block.stride;
    for (int64_t c = 0; c < channels; c += kLanes) {
      Vec half[4][6];
      for (int j = 0; j < 6; ++j) {
        Vec m[6], y[4];
        for (int i = 0; i < 6; ++i) m[i] = load(points + (i * 6 + j) * block.plane + c);
        transformOutput(m, y);
        for (int i = 0; i < 4; ++i) half[i][j] = y[i];
      }
      for (int i = 0; i < 4; ++i) {
        Vec y[4];
        transformOutput(half[i], y);
        for (int j = 0; j < 4; ++j) {
          if (i < rows && j < columns) store(tile + (i * width + j) * channels + c, y[j]);
        }
      }
    }
  }
}

void transformGradients(const float* images, const ImageGrid& grid, int64_t first, int64_t count, const TileBlock& block) {
  const int64_t channels = grid.channels, width = grid.width;
  for (int64_t t = 0; t < count; ++t) {
    const TilePlace place = placeOf(grid, first + t);
    const int64_t rows = grid.height - place.top, columns = width - place.left;
    const float* tile = images + ((place.image * grid.height + place.top) * width + place.left) * channels;
    float* points = block.points + t * block.stride;
    for (int64_t c = 0; c < channels; c += kLanes) {
      Vec half[6][4];
      for (int j = 0; j < 4; ++j) {
        Vec y[4], m[6];
        for (int i = 0; i < 4; ++i) y[i] = i < rows && j < columns ? load(tile + (i * width + j) * channels + c) : Vec{};
        transformGradient(y, m);
        for (int i = 0; i < 6; ++i) half[i][j] = m[i];
      }
      for (int i = 0; i < 6; ++i) {
        Vec m[6];
        transformGradient(half[i], m);
        for (int j = 0; j < 6; ++j) store(points + (i * 6 + j) * block.plane + c, m[j]);
      }
    }
  }
}

int64_t panelOf(int64_t outputs) { return outputs % (2 * kLanes) == 0 ? 2 * kLanes : kLanes; }

void transformWeights(const KernelView& view, float* transformed, int64_t plane, int64_t begin, int64_t end) {
  const int64_t panel = panelOf(view.outputs);
  for (int64_t o = begin * panel; o < end * panel; o += kLanes) {
    float* out = transformed + o / panel * panel * view.inputs + o % panel;
    for (int64_t i = 0; i < view.inputs; ++i) {
      Vec g[3][3];
      for (int lane = 0; lane < kLanes; ++lane) {
        const float* kernel = view.weight + (o + lane) * view.outputStride + i * view.inputStride;
        for (int n = 0; n < 9; ++n) g[n / 3][n % 3][lane] = kernel[view.reversed ? 8 - n : n];
      }
      Vec half[3][6];
      for (int j = 0; j < 3; ++j) {
        const Vec column[3] = {g[0][j], g[1][j], g[2][j]};
        transformKernel(column, half[j]);
      }
      for (int n = 0; n < 6; ++n) {
        const Vec row[3] = {half[0][n], half[1][n], half[2][n]};
        Vec u[6];
        transformKernel(row, u);
        for (int j = 0; j < 6; ++j) store(out + (n * 6 + j) * plane + i * panel, u[j]);
      }
    }
  }
}

void weightGradient(const float* transformed, int64_t plane, int64_t outputs, int64_t inputs, int64_t begin, int64_t end, float* weight) {
  const int64_t panel = panelOf(outputs);
  for (int64_t o = begin * panel; o < end * panel; o += kLanes) {
    const float* in = transformed + o / panel * panel * inputs + o % panel;
    for (int64_t i = 0; i < inputs; ++i) {
      Vec half[6][3];
      for (int n = 0; n < 6; ++n) {
        Vec row[6];
        for (int j = 0; j < 6; ++j) row[j] = load(in + (n * 6 + j) * plane + i * panel);
        transformKernelGradient(row, half[n]);
      }
      for (int j = 0; j < 3; ++j) {
        const Vec column[6] = {half[0][j], half[1][j], half[2][j], half[3][j], half[4][j], half[5][j]};
        Vec g[3];
        transformKernelGradient(column, g);
        for (int lane = 0; lane < kLanes; ++lane) {
          for (int y = 0; y < 3; ++y) weight[((o + lane) * inputs + i) * 9 + y * 3 + j] = g[y][lane];
        }
      }
    }
  }
}
