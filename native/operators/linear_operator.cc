// weight_search::linear_by_chunks: y = x w' + b for rows of a batch, [N, I] and [O, I] -> [N, O], computed in slices of the batch:
// the same bits with any number of threads, and with the batch's chunks in several processes (batch_slices.h).
//   dx = dy w;  dw = sum over chunks (sum over slices of the chunk (dy' x));  db = sum dy, likewise
// A BLAS may compute a row of a matrix product otherwise beside other rows, so even y and dx are made slice by slice.
#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "bridge/autocast.h"
#include "operators/batch_slices.h"
#include "operators/dispatch.h"
#include "operators/plain.h"

namespace weight_search {

namespace {

using at::Tensor;

constexpr int64_t kMinRows = 16;

void checkMatrix(const Tensor& matrix, const char* name) {
  checkPlain(matrix, name);
  TORCH_CHECK(isStridedFloat(matrix) && matrix.dim() == 2, name, " must be float32 with two dimensions, not ",
              matrix.sizes());
}

void checkArguments(const Tensor& input, const Tensor& weight) {
  checkMatrix(input, "input");
  checkMatrix(weight, "weight");
  TORCH_CHECK(input.size(1) == weight.size(1), "input ", input.sizes(), " and weight ", weight.sizes(), " must have as many columns");
}

Tensor linear(const Tensor& input, const Tensor& weight, const c10::optional<Tensor>& biasIn, int64_t chunks) {
  checkArguments(input, weight);
  const Tensor bias = biasIn.value_or(Tensor());
  if (bias.defined()) {
    checkPlain(bias, "bias");
    TORCH_CHECK(isStridedFloat(bias) && bias.dim() == 1 && bias.size(0) == weight.size(0), "bias must be float32 [", weight.size(0), "], not ",
                bias.sizes());
  }
  Tensor output = at::empty({input.size(0), weight.size(0)}, input.options());
  const Tensor transposed = weight.t();
  forSlices(slicesOf(input.size(0), chunks, kMinRows), [&](size_t, const Slice& slice) {
    Tensor rows = output.narrow(0, slice.first, slice.count);
    const Tensor from = input.narrow(0, slice.first, slice.count);
    if (bias.defined()) {
      at::addmm_out(rows, bias, from, transposed);
    } else {
      at::mm_out(rows, from, transposed);
    }
  });
  return output;
}

// The gradients of input, weight and bias that are wanted; the others are undefined.
std::tuple<Tensor, Tensor, Tensor> linearBackward(const Tensor& upstreamIn, const Tensor& input, const Tensor& weight,
                                                  std::array<bool, 3> wanted, int64_t chunks) {
  checkArguments(input, weight);
  checkMatrix(upstreamIn, "grad_output");
  TORCH_CHECK(upstreamIn.size(0) == input.size(0) && upstreamIn.size(1) == weight.size(0), "grad_output must be [", input.size(0), ", ",
              weight.size(0), "], not ", upstreamIn.sizes());
  const at::AutoDispatchBelowADInplaceOrView below;
  const Tensor upstream = upstreamIn.contiguous();
  const std::vector<Slice> slices = slicesOf(input.size(0), chunks, kMinRows);
  std::vector<Tensor> ofWeight(slices.size()), ofBias(slices.size());
  const Tensor ofInput = wanted[0] ? at::empty(input.sizes(), input.options()) : Tensor();
  forSlices(slices, [&](size_t n, const Slice& slice) {
    const Tensor gradient = upstream.narrow(0, slice.first, slice.count);
    if (wanted[0]) {
      Tensor rows = ofInput.narrow(0, slice.first, slice.count);
      at::mm_out(rows, gradient, weight);
    }
    if (wanted[1]) ofWeight[n] = gradient.t().mm(input.narrow(0, slice.first, slice.count));
    if (wanted[2]) ofBias[n] = gradient.sum(0);
  });
  return {ofInput, wanted[1] ? sumOfSlices(slices, ofWeight) : Tensor(), wanted[2] ? sumOfSlices(slices, ofBias) : Tensor()};
}

// The differentiable form. Backward goes through the dispatcher, so that a profile sees the work.
class LinearByChunks : public torch::autograd::Function<LinearByChunks> {
 public:
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& input, const Tensor& weight,
                        const c10::optional<Tensor>& bias, int64_t chunks) {
    context->save_for_backward({input, weight});
    context->saved_data["wanted"] =
        std::vector<bool>{input.requires_grad(), weight.requires_grad(), bias.has_value() && bias->defined() && bias->requires_grad()};
    context->saved_data["chunks"] = chunks;
    const at::AutoDispatchBelowADInplaceOrView below;
    return linear(input, weight, bias, chunks);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context, torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto wanted = context->saved_data["wanted"].toBoolList();
    static const auto handle = operatorNamed<std::tuple<Tensor, Tensor, Tensor>(const Tensor&, const Tensor&, const Tensor&, std::array<bool, 3>, int64_t)>(
        "weight_search::linear_by_chunks_backward");
    const auto [ofInput, ofWeight, ofBias] =
        handle.call(gradients[0], saved[0], saved[1], {wanted[0], wanted[1], wanted[2]}, context->saved_data["chunks"].toInt());
    return {ofInput, ofWeight, ofBias, Tensor()};
  }
};

Tensor differentiable(const Tensor& input, const Tensor& weight, const c10::optional<Tensor>& bias, int64_t chunks) {
  // In lower precision nothing is promised of bits.
  if (isAutocast(false)) return at::linear(input, weight, bias);
  return LinearByChunks::apply(input, weight, bias, chunks);
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(weight_search, library) {
  library.def("linear_by_chunks(Tensor input, Tensor weight, Tensor? bias=None, int chunks=1) -> Tensor");
  library.def(
      "linear_by_chunks_backward(Tensor grad_output, Tensor input, Tensor weight, bool[3] output_mask, int chunks=1) "
      "-> (Tensor, Tensor, Tensor)");
}

TORCH_LIBRARY_IMPL(weight_search, CPU, library) {
  library.impl("linear_by_chunks", linear);
  library.impl("linear_by_chunks_backward", linearBackward);
}

TORCH_LIBRARY_IMPL(weight_search, AutogradCPU, library) { library.impl("linear_by_chunks", differentiable); }

}  // namespace weight_search
