// Blocks of tiles of Winograd's convolution: how many fit into the caches, and where they lie in memory.
#pragma once

#include <ATen/core/Tensor.h>

#include <algorithm>

#include "kernels/sizes.h"
#include "kernels/winograd_kernels.h"

namespace weight_search {

constexpr int64_t kFloatBytes = 4;
// Points of a block's tiles, inputs and outputs, that stay in a core's second-level cache.
constexpr int64_t kBlockBytes = 352 * kKiB;
// Transformed weights larger than this come from memory, so a block must have enough tiles to be worth reading them.
constexpr int64_t kCachedWeightBytes = 8 * kMiB;
constexpr int64_t kTilesForUncachedWeights = 120;

// Floats between two tiles of a point: rows a power of two apart fall into the same few places of a cache.
inline int64_t strideFor(int64_t channels) { return channels >= 128 ? channels + kMaxLanes : channels; }
inline int64_t planeFor(int64_t inputs, int64_t outputs) { return inputs * outputs + 2 * kMaxLanes; }

inline ImageGrid gridOf(const at::Tensor& images) {
  const int64_t height = images.size(2), width = images.size(3);
  return {height, width, images.size(1), divideUp(height, kTileSide), divideUp(width, kTileSide)};
}
inline int64_t tilesOf(const at::Tensor& images, const ImageGrid& grid) { return images.size(0) * grid.tilesDown * grid.tilesAcross; }

// Tiles that are worked on together by one thread, a multiple of kTileGroup.
inline int64_t blockTiles(int64_t inputs, int64_t outputs) {
  const bool cached = kPoints * inputs * outputs * kFloatBytes <= kCachedWeightBytes;
  const int64_t fitting = kBlockBytes / (kPoints * kFloatBytes * (inputs + outputs));
  return std::max(fitting / kTileGroup * kTileGroup, cached ? kTileGroup : kTilesForUncachedWeights);
}

// Memory for the points of `tiles` tiles with `channels` channels, taken from `next`.
inline TileBlock takeBlock(float*& next, int64_t tiles, int64_t channels) {
  const int64_t stride = strideFor(channels), plane = tiles * stride + kMaxLanes;
  const TileBlock block = {next, plane, stride};
  next += kPoints * plane;
  return block;
}
inline int64_t blockFloats(int64_t tiles, int64_t channels) { return kPoints * (tiles * strideFor(channels) + kMaxLanes); }

}  // namespace weight_search
