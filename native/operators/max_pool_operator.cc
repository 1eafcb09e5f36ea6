// weight_search::max_pool_2x2: the greatest of each 2 x 2 pixels, for channels-last images of even height and width.
//   y[n, c, i, j] = max over p of x[n, c, 2i + p / 2, 2j + p % 2];  dx = dy where p was chosen, else 0
// As LibTorch's, the first of equals is chosen and a NaN always. LibTorch keeps the input and 8 bytes for each choice until
// the backward pass; here a choice is one byte, and the input can go.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "bridge/plain.h"
#include "kernels/pool_kernels.h"

namespace weight_search {

namespace {

using at::Tensor;

void checkInput(const Tensor& input) {
  checkPlain(input, "input");
  TORCH_CHECK(input.dim() == 4 && input.scalar_type() == at::kFloat && input.is_contiguous(at::MemoryFormat::ChannelsLast),
              "input must be float32 [N, C, H, W], channels-last in memory");
  TORCH_CHECK(input.size(2) % 2 == 0 && input.size(3) % 2 == 0 && input.numel() > 0, "height and width must be even and nothing empty, not input ",
              input.sizes());
}

// Calls visit(first of the 4 large pixels, small pixel) for all small pixels, on LibTorch's threads.
template <typename Visit>
void forPixels(at::IntArrayRef large, Visit visit) {
  const int64_t width = large[3], rows = large[0] * large[2] / 2;
  at::parallel_for(0, rows, 4, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      for (int64_t x = 0; x < width / 2; ++x) visit(2 * row * width + 2 * x, row * (width / 2) + x);
    }
  });
}

// The greatest values, and which of the 4 pixels each was.
std::tuple<Tensor, Tensor> maxPool(const Tensor& input) {
  checkInput(input);
  const int64_t channels = input.size(1), width = input.size(3);
  const std::vector<int64_t> sizes = {input.size(0), channels, input.size(2) / 2, width / 2};
  Tensor output = at::empty(sizes, input.options().memory_format(at::MemoryFormat::ChannelsLast));
  Tensor choices = at::empty(sizes, input.options().dtype(at::kByte).memory_format(at::MemoryFormat::ChannelsLast));
  const float* x = input.data_ptr<float>();
  float* y = output.data_ptr<float>();
  uint8_t* choice = choices.data_ptr<uint8_t>();
  forPixels(input.sizes(), [&](int64_t large, int64_t small) {
    poolKernels().forward(x + large * channels, channels, width * channels, channels, y + small * channels, choice + small * channels);
  });
  return {output, choices};
}

Tensor maxPoolBackward(const Tensor& gradient, const Tensor& choices) {
  checkPlain(gradient, "grad_output");
  const Tensor upstream = gradient.contiguous(at::MemoryFormat::ChannelsLast);
  TORCH_CHECK(upstream.scalar_type() == at::kFloat && choices.scalar_type() == at::kByte && upstream.sizes() == choices.sizes() &&
                  choices.dim() == 4 && choices.is_contiguous(at::MemoryFormat::ChannelsLast),
              "grad_output must be float32 and choices uint8 of its shape [N, C, H, W], channels-last in memory");
  const int64_t channels = choices.size(1), width = 2 * choices.size(3);
  Tensor result = at::empty({choices.size(0), channels, 2 * choices.size(2), width},
                            upstream.options().memory_format(at::MemoryFormat::ChannelsLast));
  const float* dy = upstream.data_ptr<float>();
  const uint8_t* choice = choices.data_ptr<uint8_t>();
  float* dx = result.data_ptr<float>();
  forPixels(result.sizes(), [&](int64_t large, int64_t small) {
    poolKernels().backward(dy + small * channels, choice + small * channels, channels, width * channels, channels, dx + large * channels);
  });
  return result;
}

class MaxPool : public torch::autograd::Function<MaxPool> {
 public:
  static torch::autograd::variable_list forward(torch::autograd::AutogradContext* context, const Tensor& input) {
    const at::AutoDispatchBelowADInplaceOrView below;
    const auto [output, choices] = maxPool(input);
    context->save_for_backward({choices});
    context->mark_non_differentiable({choices});
    return {output, choices};
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context, torch::autograd::variable_list gradients) {
    return {maxPoolBackward(gradients[0], context->get_saved_variables()[0])};
  }
};

std::tuple<Tensor, Tensor> differentiable(const Tensor& input) {
  const auto results = MaxPool::apply(input);
  return {results[0], results[1]};
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(weight_search, library) { library.def("max_pool_2x2(Tensor input) -> (Tensor values, Tensor choices)"); }

TORCH_LIBRARY_IMPL(weight_search, CPU, library) { library.impl("max_pool_2x2", maxPool); }

TORCH_LIBRARY_IMPL(weight_search, AutogradCPU, library) { library.impl("max_pool_2x2", differentiable); }

}  // namespace weight_search
