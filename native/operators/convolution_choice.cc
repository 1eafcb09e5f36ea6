// weight_search::convolution and weight_search::linear: the layers as networks call them. Each chooses the operator that computes it
// from types, shapes and memory format, and its gradient is that operator's.
//   convolution: winograd_convolution, convolution_by_chunks or LibTorch's conv2d
//   linear: linear_by_chunks or LibTorch's
#include <ATen/ATen.h>
#include <torch/library.h>

#include <algorithm>

#include "kernels/winograd_kernels.h"
#include "operators/dispatch.h"
#include "operators/plain.h"

namespace weight_search {

namespace {

using at::IntArrayRef;
using at::Tensor;
using OptionalTensor = c10::optional<Tensor>;

// Tiles are 4 x 4 outputs: on smaller images most of a tile would be thrown away.
constexpr int64_t kMinWinogradSide = 3;

bool isFloat(const Tensor& tensor, int64_t dimensions) { return isStridedFloat(tensor) && tensor.dim() == dimensions; }

bool isAll(IntArrayRef pair, int64_t value) { return pair.size() == 2 && pair[0] == value && pair[1] == value; }

// Whether stride, padding and dilation are those of the 3 x 3 convolution that keeps the size of images.
bool keepsSize(IntArrayRef stride, IntArrayRef padding, IntArrayRef dilation, int64_t groups) {
  return isAll(stride, 1) && isAll(padding, 1) && isAll(dilation, 1) && groups == 1;
}

bool isForWinograd(const Tensor& input, const Tensor& weight) {
  if (winogradKernels() == nullptr || !isFusable(input) || !isFloat(weight, 4)) return false;
  const int64_t outputs = weight.size(0), inputs = weight.size(1);
  return weight.size(2) == 3 && weight.size(3) == 3 && outputs % kMaxLanes == 0 && inputs % kMaxLanes == 0 && input.size(0) > 0 &&
         input.size(1) == inputs && std::min(input.size(2), input.size(3)) >= kMinWinogradSide;
}

Tensor convolution(const Tensor& input, const Tensor& weight, const OptionalTensor& bias, IntArrayRef stride, IntArrayRef padding,
                   IntArrayRef dilation, int64_t groups, c10::optional<int64_t> chunks) {
  const bool hasBias = bias.has_value() && bias->defined();
  if (!hasBias && keepsSize(stride, padding, dilation, groups) && isForWinograd(input, weight)) {
    static const auto winograd = operatorNamed<Tensor(const Tensor&, const Tensor&, int64_t)>("weight_search::winograd_convolution");
    return winograd.call(input, weight, chunks.value_or(1));
  }
  if (!hasBias && chunks.has_value() && isFusable(input) && isFloat(weight, 4)) {
    static const auto byChunks =
        operatorNamed<Tensor(const Tensor&, const Tensor&, IntArrayRef, IntArrayRef, IntArrayRef, int64_t, int64_t)>(
            "weight_search::convolution_by_chunks");
    return byChunks.call(input, weight, stride, padding, dilation, groups, *chunks);
  }
  return at::conv2d(input, weight, bias, stride, padding, dilation, groups);
}

Tensor linear(const Tensor& input, const Tensor& weight, const OptionalTensor& bias, c10::optional<int64_t> chunks) {
  if (chunks.has_value() && isFloat(input, 2) && isFloat(weight, 2)) {
    static const auto byChunks =
        operatorNamed<Tensor(const Tensor&, const Tensor&, const OptionalTensor&, int64_t)>("weight_search::linear_by_chunks");
    return byChunks.call(input, weight, bias, *chunks);
  }
  return at::linear(input, weight, bias);
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(weight_search, library) {
  library.def(
      "convolution(Tensor input, Tensor weight, Tensor? bias=None, int[2] stride=1, int[2] padding=0, int[2] dilation=1, int groups=1, "
      "int? chunks=None) -> Tensor");
  library.def("linear(Tensor input, Tensor weight, Tensor? bias=None, int? chunks=None) -> Tensor");
}

TORCH_LIBRARY_IMPL(weight_search, CompositeImplicitAutograd, library) {
  library.impl("convolution", convolution);
  library.impl("linear", linear);
}

}  // namespace weight_search
