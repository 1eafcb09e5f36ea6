#include "operators/winograd_gradient.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <vector>

#include "operators/batch_slices.h"
#include "operators/winograd_blocks.h"

namespace weight_search {

namespace {

using at::Tensor;

// Points of the tiles that are summed up together where the gradient of the transformed weights is too large for each thread
// to have its own.
constexpr int64_t kRoundBytes = 24 * kMiB;
// Slices of a chunk's tiles whose weight gradients are summed apart: a number of their own, so that threads do not change any bit.
constexpr int64_t kMaxSlices = 8;
constexpr int64_t kSliceBytes = 5 * kMiB / 2;

// Tiles that one thread sums up, `block` at a time.
struct TileSlice {
  int64_t first, last, block;
};

// How the tiles first ... last - 1 are sliced; none where each thread cannot have a gradient of its own.
std::vector<TileSlice> tileSlices(int64_t first, int64_t last, int64_t inputs, int64_t outputs) {
  const int64_t tiles = last - first, bytes = kPoints * planeFor(inputs, outputs) * kFloatBytes;
  const int64_t count = std::min({kMaxSlices, kSliceBytes / bytes, divideUp(tiles, 2 * kTileGroup)});
  std::vector<TileSlice> slices;
  if (count <= 1) return slices;
  const int64_t share = divideUp(tiles, count), block = std::min(blockTiles(inputs, outputs), share);
  for (; first < last; first += share) slices.push_back({first, std::min(last, first + share), block});
  return slices;
}

// The gradient of the transformed weights [slices, 36, …], each slice of tiles summed up by one thread.
Tensor gradientBySlices(const Tensor& images, const Tensor& upstream, int64_t plane, const std::vector<TileSlice>& slices) {
  const WinogradKernels& kernels = *winogradKernels();
  const ImageGrid inGrid = gridOf(images), outGrid = gridOf(upstream);
  const int64_t inputs = inGrid.channels, outputs = outGrid.channels, panel = kernels.panelOf(outputs);
  const auto count = static_cast<int64_t>(slices.size()), workers = std::min<int64_t>(at::get_num_threads(), count);
  int64_t blockSize = 0;
  for (const TileSlice& slice : slices) blockSize = std::max(blockSize, slice.block);
  const int64_t floats = blockFloats(blockSize, inputs) + blockFloats(blockSize, outputs);
  const Tensor scratch = at::empty({workers, floats}, at::TensorOptions(at::kFloat));
  Tensor sums = at::empty({count, kPoints * plane}, at::TensorOptions(at::kFloat));
  const float *from = images.data_ptr<float>(), *gradients = upstream.data_ptr<float>();
  float *memory = scratch.data_ptr<float>(), *to = sums.data_ptr<float>();
  at::parallel_for(0, workers, 1, [&](int64_t begin, int64_t end) {
    for (int64_t worker = begin; worker < end; ++worker) {
      float* next = memory + worker * floats;
      const TileBlock in = takeBlock(next, blockSize, inputs), out = takeBlock(next, blockSize, outputs);
      for (int64_t index = count * worker / workers; index < count * (worker + 1) / workers; ++index) {
        const TileSlice& slice = slices[static_cast<size_t>(index)];
        for (int64_t first = slice.first; first < slice.last; first += slice.block) {
          const int64_t tiles = std::min(slice.block, slice.last - first);
          kernels.transformInputs(from, inGrid, first, tiles, tiles, in);
          kernels.transformGradients(gradients, outGrid, first, tiles, out);
          for (int64_t n = 0; n < kPoints; ++n) {
            kernels.accumulate(in, inputs, out, outputs, tiles, first > slice.first, n, 0, outputs / panel, to + index * kPoints * plane,
                               plane);
          }
        }
      }
    }
  });
  return sums;
}

// The same for many channels: all threads transform a round of tiles, then each sums up panels of its own.
Tensor gradientByRounds(const Tensor& images, const Tensor& upstream, int64_t plane) {
  const WinogradKernels& kernels = *winogradKernels();
  const ImageGrid inGrid = gridOf(images), outGrid = gridOf(upstream);
  const int64_t inputs = inGrid.channels, outputs = outGrid.channels, tiles = tilesOf(images, inGrid);
  const int64_t panels = outputs / kernels.panelOf(outputs);
  const int64_t fitting = std::max<int64_t>(kTileGroup, kRoundBytes / (kPoints * kFloatBytes * (inputs + outputs)));
  const int64_t roundSize = divideUp(tiles, divideUp(tiles, fitting));
  const Tensor scratch = at::empty({blockFloats(roundSize, inputs) + blockFloats(roundSize, outputs)}, at::TensorOptions(at::kFloat));
  Tensor sum = at::empty({kPoints * plane}, at::TensorOptions(at::kFloat));
  float* next = scratch.data_ptr<float>();
  const TileBlock in = takeBlock(next, roundSize, inputs), out = takeBlock(next, roundSize, outputs);
  const float *from = images.data_ptr<float>(), *gradients = upstream.data_ptr<float>();
  float* to = sum.data_ptr<float>();
  for (int64_t first = 0; first < tiles; first += roundSize) {
    const int64_t count = std::min(roundSize, tiles - first);
    at::parallel_for(0, count, 1, [&](int64_t begin, int64_t end) {
      const TileBlock inPart = {in.points + begin * in.stride, in.plane, in.stride};
      const TileBlock outPart = {out.points + begin * out.stride, out.plane, out.stride};
      kernels.transformInputs(from, inGrid, first + begin, end - begin, end - begin, inPart);
      kernels.transformGradients(gradients, outGrid, first + begin, end - begin, outPart);
    });
    at::parallel_for(0, kPoints * panels, 1, [&](int64_t begin, int64_t end) {
      for (int64_t task = begin; task < end; ++task) {
        kernels.accumulate(in, inputs, out, outputs, count, first > 0, task / panels, task % panels, task % panels + 1, to, plane);
      }
    });
  }
  return sum;
}

// dg [O, I, 3, 3] from the gradients of the transformed weights [slices, 36, …]; where there is a gradient already, its sum with that.
Tensor gradientFrom(const Tensor& transformed, int64_t slices, int64_t inputs, int64_t outputs, int64_t plane, const Tensor& already) {
  const WinogradKernels& kernels = *winogradKernels();
  const Tensor gradient = at::empty({outputs, inputs, 3, 3}, at::TensorOptions(at::kFloat));
  const float* from = transformed.data_ptr<float>();
  float* to = gradient.data_ptr<float>();
  const float* added = already.defined() ? already.data_ptr<float>() : nullptr;
  const int64_t panel = kernels.panelOf(outputs), floats = panel * inputs * 9;
  at::parallel_for(0, outputs / panel, divideUp<int64_t>(4096, panel * inputs), [&](int64_t begin, int64_t end) {
    kernels.weightGradient(from, plane, slices, outputs, inputs, begin, end, to);
    if (added == nullptr) return;
    for (int64_t i = begin * floats; i < end * floats; ++i) to[i] += added[i];
  });
  return gradient;
}

}  // namespace

Tensor winogradWeightGradient(const Tensor& images, const Tensor& upstream, int64_t chunksIn) {
  const int64_t inputs = images.size(1), outputs = upstream.size(1), plane = planeFor(inputs, outputs);
  const int64_t batch = images.size(0), chunks = chunksOf(batch, chunksIn), tilesOfImage = tilesOf(images, gridOf(images)) / batch;
  // The slices of all chunks together, so that threads have enough of them.
  std::vector<TileSlice> slices;
  std::vector<int64_t> counts;
  for (int64_t chunk = 0; chunk < chunks; ++chunk) {
    const auto ofChunk =
        tileSlices(chunkStart(batch, chunks, chunk) * tilesOfImage, chunkStart(batch, chunks, chunk + 1) * tilesOfImage, inputs, outputs);
    slices.insert(slices.end(), ofChunk.begin(), ofChunk.end());
    counts.push_back(static_cast<int64_t>(ofChunk.size()));
  }
  const Tensor bySlice = slices.empty() ? Tensor() : gradientBySlices(images, upstream, plane, slices);
  Tensor gradient;
  int64_t done = 0;
  for (int64_t chunk = 0; chunk < chunks; ++chunk) {
    const int64_t first = chunkStart(batch, chunks, chunk), length = chunkStart(batch, chunks, chunk + 1) - first;
    const int64_t count = counts[static_cast<size_t>(chunk)];
    const Tensor transformed = count > 0 ? bySlice.narrow(0, done, count)
                                         : gradientByRounds(images.narrow(0, first, length), upstream.narrow(0, first, length), plane);
    gradient = gradientFrom(transformed, std::max<int64_t>(count, 1), inputs, outputs, plane, gradient);
    done += count;
  }
  return gradient;
}

}  // namespace weight_search
