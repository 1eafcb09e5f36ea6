// weight_search::winograd_convolution: the 3 x 3 convolution with stride 1 and padding 1 of channels-last images, by Winograd's
// minimal filtering algorithm F(4 x 4, 3 x 3): 36 multiplications for 16 outputs of a channel pair instead of 144.
//   y   = A' [ sum_c (G g G') * (B' d B) ] A     for each 4 x 4 tile of outputs and the 6 x 6 inputs d around it
//   dx  = the same convolution of dy with the kernels rotated by half a turn, inputs and outputs exchanged
//   dg  = G' [ sum_tiles (B' d B) * (A dy A') ] G, by parts of the batch (batch_slices.h)
// Lavin, Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR 2016. The points are in winograd_transform.inl. Sums
// over channels and tiles are matrix products, one for each of the 36 points.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "bridge/plain.h"
#include "kernels/sizes.h"
#include "kernels/winograd_kernels.h"
#include "operators/batch_slices.h"
#include "operators/dispatch.h"

namespace weight_search {

namespace {

using at::Tensor;

constexpr int64_t kFloatBytes = 4;
// Points of a block's tiles, inputs and outputs, that stay in a core's second-level cache.
constexpr int64_t kBlockBytes = 352 * kKiB;
// Transformed weights larger than this come from memory, so a block must have enough tiles to be worth reading them.
constexpr int64_t kCachedWeightBytes = 8 * kMiB;
constexpr int64_t kTilesForUncachedWeights = 120;
// Points of the tiles that are summed up together where the gradient of the transformed weights is too large for each thread
// to have its own.
constexpr int64_t kRoundBytes = 24 * kMiB;
// Slices of a part's tiles whose weight gradients are summed apart: a number of their own, so that threads do not change any bit.
constexpr int64_t kMaxSlices = 8;
constexpr int64_t kSliceBytes = 5 * kMiB / 2;

// Floats between two tiles of a point: rows a power of two apart fall into the same few places of a cache.
int64_t strideFor(int64_t channels) { return channels >= 128 ? channels + kMaxLanes : channels; }
int64_t planeFor(int64_t inputs, int64_t outputs) { return inputs * outputs + 2 * kMaxLanes; }

ImageGrid gridOf(const Tensor& images) {
  const int64_t height = images.size(2), width = images.size(3);
  return {height, width, images.size(1), divideUp(height, kTileSide), divideUp(width, kTileSide)};
}
int64_t tilesOf(const Tensor& images, const ImageGrid& grid) { return images.size(0) * grid.tilesDown * grid.tilesAcross; }

// Tiles that are worked on together by one thread, a multiple of kTileGroup.
int64_t blockTiles(int64_t inputs, int64_t outputs) {
  const bool cached = kPoints * inputs * outputs * kFloatBytes <= kCachedWeightBytes;
  const int64_t fitting = kBlockBytes / (kPoints * kFloatBytes * (inputs + outputs));
  return std::max(fitting / kTileGroup * kTileGroup, cached ? kTileGroup : kTilesForUncachedWeights);
}

// Memory for the points of `tiles` tiles with `channels` channels, taken from `next`.
TileBlock takeBlock(float*& next, int64_t tiles, int64_t channels) {
  const int64_t stride = strideFor(channels), plane = tiles * stride + kMaxLanes;
  const TileBlock block = {next, plane, stride};
  next += kPoints * plane;
  return block;
}
int64_t blockFloats(int64_t tiles, int64_t channels) { return kPoints * (tiles * strideFor(channels) + kMaxLanes); }

Tensor transformedWeights(const KernelView& view, const at::TensorOptions& options) {
  const int64_t plane = planeFor(view.inputs, view.outputs), panel = winogradKernels()->panelOf(view.outputs);
  Tensor transformed = at::empty({kPoints, plane}, options);
  float* to = transformed.data_ptr<float>();
  at::parallel_for(0, view.outputs / panel, divideUp<int64_t>(4096, panel * view.inputs), [&](int64_t begin, int64_t end) {
    winogradKernels()->transformWeights(view, to, plane, begin, end);
  });
  return transformed;
}

// [N, I, H, W] -> [N, O, H, W]
Tensor convolve(const Tensor& images, const KernelView& view) {
  const WinogradKernels& kernels = *winogradKernels();
  const Tensor transformed = transformedWeights(view, at::TensorOptions(at::kFloat));
  const int64_t plane = planeFor(view.inputs, view.outputs);
  Tensor result = at::empty({images.size(0), view.outputs, images.size(2), images.size(3)},
                            images.options().memory_format(at::MemoryFormat::ChannelsLast));
  const ImageGrid inGrid = gridOf(images), outGrid = gridOf(result);
  const int64_t tiles = tilesOf(images, inGrid);
  const int64_t workers = std::min<int64_t>(at::get_num_threads(), divideUp(tiles, kTileGroup));
  const int64_t share = divideUp(tiles, workers);
  const int64_t blockSize = std::min(blockTiles(view.inputs, view.outputs), roundUp(share, kTileGroup));
  const int64_t floats = blockFloats(blockSize, view.inputs) + blockFloats(blockSize, view.outputs);
  const Tensor scratch = at::empty({workers, floats}, at::TensorOptions(at::kFloat));
  const float *from = images.data_ptr<float>(), *weights = transformed.data_ptr<float>();
  float *to = result.data_ptr<float>(), *memory = scratch.data_ptr<float>();
  at::parallel_for(0, workers, 1, [&](int64_t begin, int64_t end) {
    for (int64_t worker = begin; worker < end; ++worker) {
      float* next = memory + worker * floats;
      const TileBlock in = takeBlock(next, blockSize, view.inputs), out = takeBlock(next, blockSize, view.outputs);
      const int64_t last = std::min(tiles, (worker + 1) * share);
      for (int64_t first = worker * share; first < last; first += blockSize) {
        const int64_t count = std::min(blockSize, last - first), padded = roundUp(count, kTileGroup);
        kernels.transformInputs(from, inGrid, first, count, padded, in);
        kernels.multiply(in, view.inputs, weights, plane, view.outputs, padded, out);
        kernels.transformOutputs(out, outGrid, first, count, to);
      }
    }
  });
  return result;
}

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

// dg [O, I, 3, 3]: the sum of the parts' gradients, each what a batch of the part's images alone has.
Tensor weightGradient(const Tensor& images, const Tensor& upstream, int64_t partsIn) {
  const int64_t inputs = images.size(1), outputs = upstream.size(1), plane = planeFor(inputs, outputs);
  const int64_t batch = images.size(0), parts = partsOf(batch, partsIn), tilesOfImage = tilesOf(images, gridOf(images)) / batch;
  // The slices of all parts together, so that threads have enough of them.
  std::vector<TileSlice> slices;
  std::vector<int64_t> counts;
  for (int64_t part = 0; part < parts; ++part) {
    const auto ofPart =
        tileSlices(partStart(batch, parts, part) * tilesOfImage, partStart(batch, parts, part + 1) * tilesOfImage, inputs, outputs);
    slices.insert(slices.end(), ofPart.begin(), ofPart.end());
    counts.push_back(static_cast<int64_t>(ofPart.size()));
  }
  const Tensor bySlice = slices.empty() ? Tensor() : gradientBySlices(images, upstream, plane, slices);
  Tensor gradient;
  int64_t done = 0;
  for (int64_t part = 0; part < parts; ++part) {
    const int64_t first = partStart(batch, parts, part), length = partStart(batch, parts, part + 1) - first;
    const int64_t count = counts[static_cast<size_t>(part)];
    const Tensor transformed = count > 0 ? bySlice.narrow(0, done, count)
                                         : gradientByRounds(images.narrow(0, first, length), upstream.narrow(0, first, length), plane);
    gradient = gradientFrom(transformed, std::max<int64_t>(count, 1), inputs, outputs, plane, gradient);
    done += count;
  }
  return gradient;
}

void checkArguments(const Tensor& input, const Tensor& weight) {
  checkPlain(input, "input");
  checkPlain(weight, "weight");
  TORCH_CHECK(winogradKernels() != nullptr, "this processor has no kernels for it: AVX2 with FMA or AVX-512 is needed");
  TORCH_CHECK(input.dim() == 4 && input.scalar_type() == at::kFloat && input.is_contiguous(at::MemoryFormat::ChannelsLast),
              "input must be float32 [N, C, H, W], channels-last in memory");
  TORCH_CHECK(weight.dim() == 4 && weight.scalar_type() == at::kFloat && weight.size(1) == input.size(1) && weight.size(2) == 3 &&
                  weight.size(3) == 3,
              "weight must be float32 [O, ", input.size(1), ", 3, 3], not ", weight.sizes());
  TORCH_CHECK(input.size(1) % kMaxLanes == 0 && weight.size(0) % kMaxLanes == 0 && input.numel() > 0 && weight.numel() > 0,
              "channels must be multiples of ", kMaxLanes, " and nothing empty, not input ", input.sizes(), " and weight ", weight.sizes());
}

Tensor convolution(const Tensor& input, const Tensor& weightIn, int64_t parts) {
  checkArguments(input, weightIn);
  partsOf(input.size(0), parts);
  const Tensor weight = weightIn.contiguous();
  const int64_t outputs = weight.size(0), inputs = weight.size(1);
  return convolve(input, {weight.data_ptr<float>(), outputs, inputs, inputs * 9, 9, false});
}

// The gradients of input and weight that are wanted; the others are undefined.
std::tuple<Tensor, Tensor> convolutionBackward(const Tensor& upstreamIn, const Tensor& input, const Tensor& weightIn, std::array<bool, 2> wanted,
                                               int64_t parts) {
  checkArguments(input, weightIn);
  checkPlain(upstreamIn, "grad_output");
  const Tensor weight = weightIn.contiguous(), upstream = upstreamIn.contiguous(at::MemoryFormat::ChannelsLast);
  const int64_t outputs = weight.size(0), inputs = weight.size(1);
  TORCH_CHECK(upstream.scalar_type() == at::kFloat && upstream.dim() == 4 && upstream.size(0) == input.size(0) &&
                  upstream.size(1) == outputs && upstream.size(2) == input.size(2) && upstream.size(3) == input.size(3),
              "grad_output must be float32 [", input.size(0), ", ", outputs, ", ", input.size(2), ", ", input.size(3), "], not ",
              upstream.sizes());
  const at::AutoDispatchBelowADInplaceOrView below;
  Tensor ofInput, ofWeight;
  if (wanted[0]) ofInput = convolve(upstream, {weight.data_ptr<float>(), inputs, outputs, 9, inputs * 9, true});
  if (wanted[1]) ofWeight = weightGradient(input, upstream, parts);
  return {ofInput, ofWeight};
}

// The differentiable form. Backward goes through the dispatcher, so that a profile sees the work.
class WinogradConvolution : public torch::autograd::Function<WinogradConvolution> {
 public:
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& input, const Tensor& weight, int64_t parts) {
    context->save_for_backward({input, weight});
    context->saved_data["wanted"] = std::vector<bool>{input.requires_grad(), weight.requires_grad()};
    context->saved_data["parts"] = parts;
    const at::AutoDispatchBelowADInplaceOrView below;
    return convolution(input, weight, parts);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context, torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto wanted = context->saved_data["wanted"].toBoolList();
    static const auto handle = operatorNamed<std::tuple<Tensor, Tensor>(const Tensor&, const Tensor&, const Tensor&, std::array<bool, 2>, int64_t)>(
        "weight_search::winograd_convolution_backward");
    const auto [ofInput, ofWeight] =
        handle.call(gradients[0], saved[0], saved[1], {wanted[0], wanted[1]}, context->saved_data["parts"].toInt());
    return {ofInput, ofWeight, Tensor()};
  }
};

Tensor differentiable(const Tensor& input, const Tensor& weight, int64_t parts) {
  return WinogradConvolution::apply(input, weight, parts);
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(weight_search, library) {
  library.def("winograd_convolution(Tensor input, Tensor weight, int parts=1) -> Tensor");
  library.def(
      "winograd_convolution_backward(Tensor grad_output, Tensor input, Tensor weight, bool[2] output_mask, int parts=1) "
      "-> (Tensor, Tensor)");
}

TORCH_LIBRARY_IMPL(weight_search, CPU, library) {
  library.impl("winograd_convolution", convolution);
  library.impl("winograd_convolution_backward", convolutionBackward);
}

TORCH_LIBRARY_IMPL(weight_search, AutogradCPU, library) { library.impl("winograd_convolution", differentiable); }

}  // namespace weight_search
