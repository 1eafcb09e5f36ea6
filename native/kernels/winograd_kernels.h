// The loops of the 3 x 3 convolution by Winograd's algorithm F(4 x 4, 3 x 3), compiled for AVX2 and for AVX-512; the
// equations are in winograd_operator.cc.
//
// Images are channels-last, [N, H, W, C]. A tile is 4 x 4 output pixels with all their channels; tiles are numbered image by
// image, row by row. Its 36 transformed points lie in 36 planes: point n of a block's tile t is at n * plane + t * stride.
// Transformed weights lie in panels of as many outputs as one inner loop computes: [36][outputs / panel][inputs][panel].
#pragma once

#include <cstdint>

namespace weight_search {

constexpr int64_t kPoints = 36;     // of the transformed 6 x 6 tile
constexpr int64_t kTileSide = 4;    // output pixels
constexpr int64_t kMaxLanes = 16;   // channels are multiples of this
constexpr int64_t kTileGroup = 24;  // a block's tiles are computed in groups of divisors of this

struct ImageGrid {
  int64_t height, width, channels;
  int64_t tilesDown, tilesAcross;
};

// The planes of a block of tiles.
struct TileBlock {
  float* points;
  int64_t plane;   // floats between two points
  int64_t stride;  // floats between two tiles
};

// A weight [outputs, inputs, 3, 3] in any order of its first two dimensions: strides in floats; reversed: rotated by half a turn.
struct KernelView {
  const float* weight;
  int64_t outputs, inputs;
  int64_t outputStride, inputStride;
  bool reversed;
};

struct WinogradKernels {
  const char* name;
  // Outputs of one panel: 1 or 2 vectors.
  int64_t (*panelOf)(int64_t outputs);
  // Panels begin … end - 1 of the transformed weights; planes of points are `plane` floats apart.
  void (*transformWeights)(const KernelView&, float* transformed, int64_t plane, int64_t begin, int64_t end);
  // B' d B of the 6 x 6 inputs around tiles first … first + count - 1, zeros outside the image; then zeros for `padded` tiles in all.
  void (*transformInputs)(const float* images, const ImageGrid&, int64_t first, int64_t count, int64_t padded, const TileBlock&);
  // A' m A of tiles first … first + count - 1.
  void (*transformOutputs)(const TileBlock&, const ImageGrid&, int64_t first, int64_t count, float* images);
  // A g A' of the 4 x 4 output gradients of those tiles.
  void (*transformGradients)(const float* images, const ImageGrid&, int64_t first, int64_t count, const TileBlock&);
  // out[n, t, o] = sum_i in[n, t, i] weights[n, i, o] for count tiles, a multiple of kTileGroup.
  void (*multiply)(const TileBlock& in, int64_t inputs, const float* transformed, int64_t plane, int64_t outputs, int64_t count,
                   const TileBlock& out);
  // transformed[n, i, o] = or, to be added, += sum_t in[n, t, i] gradients[n, t, o] for point n and the panels begin … end - 1.
  void (*accumulate)(const TileBlock& in, int64_t inputs, const TileBlock& gradients, int64_t outputs, int64_t count, bool added,
                     int64_t point, int64_t begin, int64_t end, float* transformed, int64_t plane);
  // weight[o, i] = G' (sum of the slices' transformed) G for the panels begin … end - 1, the weight contiguous
  // [outputs, inputs, 3, 3]; slices follow each other.
  void (*weightGradient)(const float* transformed, int64_t plane, int64_t slices, int64_t outputs, int64_t inputs, int64_t begin,
                         int64_t end, float* weight);
};

// Null where this processor has neither AVX2 nor AVX-512.
const WinogradKernels* winogradKernels();

}  // namespace weight_search
