// weight_search::winograd_convolution: the 3 x 3 convolution with stride 1 and padding 1 of channels-last images, by Winograd's
// minimal filtering algorithm F(4 x 4, 3 x 3): 36 multiplications for 16 outputs of a channel pair instead of 144.
//   y   = A' [ sum_c (G g G') * (B' d B) ] A     for each 4 x 4 tile of outputs and the 6 x 6 inputs d around it
//   dx  = the same convolution of dy with the kernels rotated by half a turn, inputs and outputs exchanged
//   dg  = G' [ sum_tiles (B' d B) * (A dy A') ] G, by chunks of the batch (batch_slices.h)
// Lavin, Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR 2016. The points are in winograd_transform.inl. Sums
// over channels and tiles are matrix products, one for each of the 36 points.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "operators/batch_slices.h"
#include "operators/dispatch.h"
#include "operators/plain.h"
#include "operators/winograd_blocks.h"
#include "operators/winograd_gradient.h"

namespace weight_search {

namespace {

using at::Tensor;

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

Tensor convolution(const Tensor& input, const Tensor& weightIn, int64_t chunks) {
  checkArguments(input, weightIn);
  chunksOf(input.size(0), chunks);
  const Tensor weight = weightIn.contiguous();
  const int64_t outputs = weight.size(0), inputs = weight.size(1);
  return convolve(input, {weight.data_ptr<float>(), outputs, inputs, inputs * 9, 9, false});
}

// The gradients of input and weight that are wanted; the others are undefined.
std::tuple<Tensor, Tensor> convolutionBackward(const Tensor& upstreamIn, const Tensor& input, const Tensor& weightIn, std::array<bool, 2> wanted,
                                               int64_t chunks) {
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
  if (wanted[1]) ofWeight = winogradWeightGradient(input, upstream, chunks);
  return {ofInput, ofWeight};
}

// The differentiable form. Backward goes through the dispatcher, so that a profile sees the work.
class WinogradConvolution : public torch::autograd::Function<WinogradConvolution> {
 public:
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& input, const Tensor& weight, int64_t chunks) {
    context->save_for_backward({input, weight});
    context->saved_data["wanted"] = std::vector<bool>{input.requires_grad(), weight.requires_grad()};
    context->saved_data["chunks"] = chunks;
    const at::AutoDispatchBelowADInplaceOrView below;
    return convolution(input, weight, chunks);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context, torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto wanted = context->saved_data["wanted"].toBoolList();
    static const auto handle = operatorNamed<std::tuple<Tensor, Tensor>(const Tensor&, const Tensor&, const Tensor&, std::array<bool, 2>, int64_t)>(
        "weight_search::winograd_convolution_backward");
    const auto [ofInput, ofWeight] =
        handle.call(gradients[0], saved[0], saved[1], {wanted[0], wanted[1]}, context->saved_data["chunks"].toInt());
    return {ofInput, ofWeight, Tensor()};
  }
};

Tensor differentiable(const Tensor& input, const Tensor& weight, int64_t chunks) {
  return WinogradConvolution::apply(input, weight, chunks);
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(weight_search, library) {
  library.def("winograd_convolution(Tensor input, Tensor weight, int chunks=1) -> Tensor");
  library.def(
      "winograd_convolution_backward(Tensor grad_output, Tensor input, Tensor weight, bool[2] output_mask, int chunks=1) "
      "-> (Tensor, Tensor)");
}

TORCH_LIBRARY_IMPL(weight_search, CPU, library) {
  library.impl("winograd_convolution", convolution);
  library.impl("winograd_convolution_backward", convolutionBackward);
}

TORCH_LIBRARY_IMPL(weight_search, AutogradCPU, library) { library.impl("winograd_convolution", differentiable); }

}  // namespace weight_search
