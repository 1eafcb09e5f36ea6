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

// Rows and columns of the 6 x 6 inputs from ... to - 1 are inside the image.
struct Inside {
  int top, bottom, left, right;
};

__attribute__((always_inline)) inline void transformInputTile(const float* image, const ImageGrid& grid, int64_t top, int64_t left,
                                                              const Inside& inside, float* out, int64_t plane) {
  const int64_t width = grid.width, channels = grid.channels;
  const float* corner = image + (top * width + left) * channels;
  for (int64_t c = 0; c < channels; c += kLanes) {
    Vec half[6][6];
    for (int j = 0; j < 6; ++j) {
      Vec d[6], v[6];
      for (int i = 0; i < 6; ++i) {
        const bool isInside = i >= inside.top && i < inside.bottom && j >= inside.left && j < inside.right;
        d[i] = isInside ? load(corner + (i * width + j) * channels + c) : Vec{};
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

// With what is inside known to the compiler: where the image is as high and wide as its tiles, at most the outermost row and
// column of each side are outside.
template <bool kAtTop, bool kAtBottom, bool kAtLeft, bool kAtRight>
void transformKnownTile(const float* image, const ImageGrid& grid, int64_t top, int64_t left, float* out, int64_t plane) {
  constexpr Inside inside = {kAtTop ? 1 : 0, kAtBottom ? 5 : 6, kAtLeft ? 1 : 0, kAtRight ? 5 : 6};
  transformInputTile(image, grid, top, left, inside, out, plane);
}

typedef void (*KnownTile)(const float*, const ImageGrid&, int64_t, int64_t, float*, int64_t);
template <bool kAtTop, bool kAtBottom>
KnownTile knownTile(bool atLeft, bool atRight) {
  if (atLeft) return atRight ? transformKnownTile<kAtTop, kAtBottom, true, true> : transformKnownTile<kAtTop, kAtBottom, true, false>;
  return atRight ? transformKnownTile<kAtTop, kAtBottom, false, true> : transformKnownTile<kAtTop, kAtBottom, false, false>;
}
inline KnownTile knownTile(const Inside& inside) {
  const bool atLeft = inside.left == 1, atRight = inside.right == 5;
  if (inside.top == 1) return inside.bottom == 5 ? knownTile<true, true>(atLeft, atRight) : knownTile<true, false>(atLeft, atRight);
  return inside.bottom == 5 ? knownTile<false, true>(atLeft, atRight) : knownTile<false, false>(atLeft, atRight);
}

void transformInputs(const float* images, const ImageGrid& grid, int64_t first, int64_t count, int64_t padded, const TileBlock& block) {
  for (int64_t t = 0; t < count; ++t) {
    const TilePlace place = placeOf(grid, first + t);
    const float* image = images + place.image * grid.height * grid.width * grid.channels;
    const int64_t top = place.top - 1, left = place.left - 1, below = grid.height - top, beside = grid.width - left;
    const Inside inside = {top < 0 ? 1 : 0, below < 6 ? static_cast<int>(below) : 6, left < 0 ? 1 : 0,
                           beside < 6 ? static_cast<int>(beside) : 6};
    float* out = block.points + t * block.stride;
    if (inside.bottom >= 5 && inside.right >= 5) {
      knownTile(inside)(image, grid, top, left, out, block.plane);
    } else {
      transformInputTile(image, grid, top, left, inside, out, block.plane);
    }
  }
  for (int64_t n = 0; n < kPoints; ++n) {
    for (int64_t t = count; t < padded; ++t) {
      for (int64_t c = 0; c < grid.channels; c += kLanes) store(block.points + n * block.plane + t * block.stride + c, Vec{});
    }
  }
}

// Pixels of a tile of outputs that are inside the image.
struct Visible {
  int64_t rows, columns;
};
constexpr Visible kWhole = {kTileSide, kTileSide};

__attribute__((always_inline)) inline void transformOutputTile(const float* points, int64_t plane, const ImageGrid& grid,
                                                               const Visible& visible, float* tile) {
  for (int64_t c = 0; c < grid.channels; c += kLanes) {
    Vec half[4][6];
    for (int j = 0; j < 6; ++j) {
      Vec m[6], y[4];
      for (int i = 0; i < 6; ++i) m[i] = load(points + (i * 6 + j) * plane + c);
      transformOutput(m, y);
      for (int i = 0; i < 4; ++i) half[i][j] = y[i];
    }
    for (int i = 0; i < 4; ++i) {
      Vec y[4];
      transformOutput(half[i], y);
      for (int j = 0; j < 4; ++j) {
        if (i < visible.rows && j < visible.columns) store(tile + (i * grid.width + j) * grid.channels + c, y[j]);
      }
    }
  }
}

__attribute__((always_inline)) inline void transformGradientTile(const float* tile, const ImageGrid& grid, const Visible& visible,
                                                                 float* points, int64_t plane) {
  for (int64_t c = 0; c < grid.channels; c += kLanes) {
    Vec half[6][4];
    for (int j = 0; j < 4; ++j) {
      Vec y[4], m[6];
      for (int i = 0; i < 4; ++i) {
        y[i] = i < visible.rows && j < visible.columns ? load(tile + (i * grid.width + j) * grid.channels + c) : Vec{};
      }
      transformGradient(y, m);
      for (int i = 0; i < 6; ++i) half[i][j] = m[i];
    }
    for (int i = 0; i < 6; ++i) {
      Vec m[6];
      transformGradient(half[i], m);
      for (int j = 0; j < 6; ++j) store(points + (i * 6 + j) * plane + c, m[j]);
    }
  }
}

// Calls visit(tile's number in the block, its first pixel's offset, what is visible of it) for count tiles.
template <typename Visit>
inline void forOutputTiles(const ImageGrid& grid, int64_t first, int64_t count, Visit visit) {
  for (int64_t t = 0; t < count; ++t) {
    const TilePlace place = placeOf(grid, first + t);
    const Visible visible = {grid.height - place.top, grid.width - place.left};
    visit(t, ((place.image * grid.height + place.top) * grid.width + place.left) * grid.channels, visible);
  }
}
inline bool isWhole(const Visible& visible) { return visible.rows >= kTileSide && visible.columns >= kTileSide; }

void transformOutputs(const TileBlock& block, const ImageGrid& grid, int64_t first, int64_t count, float* images) {
  forOutputTiles(grid, first, count, [&](int64_t t, int64_t offset, const Visible& visible) {
    const float* points = block.points + t * block.stride;
    if (isWhole(visible)) {
      transformOutputTile(points, block.plane, grid, kWhole, images + offset);
    } else {
      transformOutputTile(points, block.plane, grid, visible, images + offset);
    }
  });
}

void transformGradients(const float* images, const ImageGrid& grid, int64_t first, int64_t count, const TileBlock& block) {
  forOutputTiles(grid, first, count, [&](int64_t t, int64_t offset, const Visible& visible) {
    float* points = block.points + t * block.stride;
    if (isWhole(visible)) {
      transformGradientTile(images + offset, grid, kWhole, points, block.plane);
    } else {
      transformGradientTile(images + offset, grid, visible, points, block.plane);
    }
  });
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

void weightGradient(const float* transformed, int64_t plane, int64_t slices, int64_t outputs, int64_t inputs, int64_t begin, int64_t end,
                    float* weight) {
  const int64_t panel = panelOf(outputs);
  for (int64_t o = begin * panel; o < end * panel; o += kLanes) {
    const float* in = transformed + o / panel * panel * inputs + o % panel;
    for (int64_t i = 0; i < inputs; ++i) {
      Vec half[6][3];
      for (int n = 0; n < 6; ++n) {
        Vec row[6];
        for (int j = 0; j < 6; ++j) {
          const float* point = in + (n * 6 + j) * plane + i * panel;
          row[j] = load(point);
          for (int64_t slice = 1; slice < slices; ++slice) row[j] += load(point + slice * kPoints * plane);
        }
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
