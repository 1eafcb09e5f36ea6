// weight_search::convolution_by_chunks: LibTorch's 2-D convolution of channels-last images, whose weight gradient is a sum in
// slices of the batch: the same bits with any number of threads, and with the batch's chunks in several processes (batch_slices.h).
//   dg = sum over chunks (sum over slices of the chunk (dg of the slice's images))
// The output and the gradient of the images are LibTorch's for the whole batch: of each image they depend on that image alone.
#include <ATen/ATen.h>
#include <ATen/record_function.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "bridge/autocast.h"
#include "kernels/sizes.h"
#include "operators/batch_slices.h"
#include "operators/dispatch.h"
#include "operators/plain.h"

namespace weight_search {

namespace {

using at::IntArrayRef;
using at::Tensor;

// Of an image axis: stride, padding and dilation are within these. LibTorch's own libraries count in 32 bits.
constexpr int64_t kMaxStep = 1 << 20;

void checkPairs(IntArrayRef stride, IntArrayRef padding, IntArrayRef dilation) {
  TORCH_CHECK(stride.size() == 2 && padding.size() == 2 && dilation.size() == 2, "stride ", stride, ", padding ", padding, " and dilation ",
              dilation, " must be of height and width");
}

// Pixels of the output in a slice: fewer are not worth a call of LibTorch's.
constexpr int64_t kMinPixels = 8192;

// Checks everything, and returns the shape of the output.
std::vector<int64_t> outputShape(const Tensor& input, const Tensor& weight, IntArrayRef stride, IntArrayRef padding, IntArrayRef dilation,
                                 int64_t groups) {
  checkPairs(stride, padding, dilation);
  checkPlain(input, "input");
  checkPlain(weight, "weight");
  TORCH_CHECK(isStridedFloat(input) && input.dim() == 4 && input.is_contiguous(at::MemoryFormat::ChannelsLast),
              "input must be float32 [N, C, H, W], channels-last in memory");
  TORCH_CHECK(isStridedFloat(weight) && weight.dim() == 4, "weight must be float32 [O, C / groups, kH, kW]");
  TORCH_CHECK(input.numel() > 0 && weight.numel() > 0, "nothing may be empty, not input ", input.sizes(), " and weight ", weight.sizes());
  TORCH_CHECK(groups >= 1 && groups <= weight.size(0) && weight.size(0) % groups == 0 && input.size(1) % groups == 0 &&
                  input.size(1) / groups == weight.size(1),
              "channels do not fit: input ", input.sizes(), ", weight ", weight.sizes(), ", groups ", groups);
  std::vector<int64_t> shape = {input.size(0), weight.size(0)};
  for (size_t axis = 0; axis < 2; ++axis) {
    const auto dimension = static_cast<int64_t>(axis) + 2;
    TORCH_CHECK(stride[axis] >= 1 && padding[axis] >= 0 && dilation[axis] >= 1 &&
                    std::max({stride[axis], padding[axis], dilation[axis]}) <= kMaxStep,
                "stride ", stride, ", padding ", padding, " and dilation ", dilation, " are out of range");
    const int64_t reach = dilation[axis] * (weight.size(dimension) - 1) + 1, padded = input.size(dimension) + 2 * padding[axis];
    TORCH_CHECK(reach <= padded, "the kernel's ", reach, " pixels are more than the padded input's ", padded);
    shape.push_back((padded - reach) / stride[axis] + 1);
  }
  return shape;
}

Tensor convolution(const Tensor& input, const Tensor& weight, IntArrayRef stride, IntArrayRef padding, IntArrayRef dilation, int64_t groups,
                   int64_t chunks) {
  outputShape(input, weight, stride, padding, dilation, groups);
  chunksOf(input.size(0), chunks);
  return at::conv2d(input, weight, {}, stride, padding, dilation, groups);
}

// The gradients of input and weight that are wanted; the others are undefined.
std::tuple<Tensor, Tensor> convolutionBackward(const Tensor& upstreamIn, const Tensor& input, const Tensor& weight, IntArrayRef stride,
                                               IntArrayRef padding, IntArrayRef dilation, int64_t groups, std::array<bool, 2> wanted,
                                               int64_t chunks) {
  const std::vector<int64_t> shape = outputShape(input, weight, stride, padding, dilation, groups);
  checkPlain(upstreamIn, "grad_output");
  TORCH_CHECK(isStridedFloat(upstreamIn) && upstreamIn.sizes() == shape, "grad_output must be float32 ",
              IntArrayRef(shape), ", not ", upstreamIn.sizes());
  const at::AutoDispatchBelowADInplaceOrView below;
  // What LibTorch does in here is this operator's own time, all of it.
  const at::DisableRecordFunctionGuard unseen;
  const Tensor upstream = upstreamIn.contiguous(at::MemoryFormat::ChannelsLast);
  const auto gradients = [&](int64_t first, int64_t count, std::array<bool, 3> mask) {
    return at::convolution_backward(upstream.narrow(0, first, count), input.narrow(0, first, count), weight, c10::nullopt, stride, padding,
                                    dilation, false, {0, 0}, groups, mask);
  };
  Tensor ofInput, ofWeight;
  if (wanted[0]) ofInput = std::get<0>(gradients(0, input.size(0), {true, false, false}));
  if (wanted[1]) {
    const std::vector<Slice> slices = slicesOf(input.size(0), chunks, divideUp(kMinPixels, shape[2] * shape[3]));
    std::vector<Tensor> terms(slices.size());
    forSlices(slices, [&](size_t n, const Slice& slice) {
      terms[n] = std::get<1>(gradients(slice.first, slice.count, {false, true, false}));
    });
    ofWeight = sumOfSlices(slices, terms);
  }
  return {ofInput, ofWeight};
}

// The differentiable form. Backward goes through the dispatcher, so that a profile sees the work.
class ConvolutionByChunks : public torch::autograd::Function<ConvolutionByChunks> {
 public:
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& input, const Tensor& weight, IntArrayRef stride,
                        IntArrayRef padding, IntArrayRef dilation, int64_t groups, int64_t chunks) {
    context->save_for_backward({input, weight});
    context->saved_data["wanted"] = std::vector<bool>{input.requires_grad(), weight.requires_grad()};
    context->saved_data["geometry"] = std::vector<int64_t>{stride[0],   stride[1],   padding[0], padding[1],
                                                           dilation[0], dilation[1], groups,     chunks};
    const at::AutoDispatchBelowADInplaceOrView below;
    return convolution(input, weight, stride, padding, dilation, groups, chunks);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context, torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto wanted = context->saved_data["wanted"].toBoolList();
    const std::vector<int64_t> geometry = context->saved_data["geometry"].toIntVector();
    const IntArrayRef numbers(geometry);
    static const auto handle = operatorNamed<std::tuple<Tensor, Tensor>(const Tensor&, const Tensor&, const Tensor&, IntArrayRef, IntArrayRef, IntArrayRef, int64_t, std::array<bool, 2>, int64_t)>(
        "weight_search::convolution_by_chunks_backward");
    const auto [ofInput, ofWeight] = handle.call(gradients[0], saved[0], saved[1], numbers.slice(0, 2), numbers.slice(2, 2),
                                                 numbers.slice(4, 2), geometry[6], {wanted[0], wanted[1]}, geometry[7]);
    return {ofInput, ofWeight, Tensor(), Tensor(), Tensor(), Tensor(), Tensor()};
  }
};

Tensor differentiable(const Tensor& input, const Tensor& weight, IntArrayRef stride, IntArrayRef padding, IntArrayRef dilation,
                      int64_t groups, int64_t chunks) {
  // In lower precision nothing is promised of bits.
  if (isAutocast(false)) return at::conv2d(input, weight, {}, stride, padding, dilation, groups);
  checkPairs(stride, padding, dilation);
  return ConvolutionByChunks::apply(input, weight, stride, padding, dilation, groups, chunks);
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(weight_search, library) {
  library.def(
      "convolution_by_chunks(Tensor input, Tensor weight, int[2] stride=1, int[2] padding=0, int[2] dilation=1, int groups=1, int chunks=1) "
      "-> Tensor");
  library.def(
      "convolution_by_chunks_backward(Tensor grad_output, Tensor input, Tensor weight, int[2] stride, int[2] padding, int[2] dilation, "
      "int groups, bool[2] output_mask, int chunks=1) -> (Tensor, Tensor)");
}

TORCH_LIBRARY_IMPL(weight_search, CPU, library) {
  library.impl("convolution_by_chunks", convolution);
  library.impl("convolution_by_chunks_backward", convolutionBackward);
}

TORCH_LIBRARY_IMPL(weight_search, AutogradCPU, library) { library.impl("convolution_by_chunks", differentiable); }

}  // namespace weight_search
