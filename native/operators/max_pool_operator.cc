// weight_search::max_pool2d: the greatest of each window of pixels; of 2 x 2 in channels-last images by kernels:
//   y[n, c, i, j] = max over p of x[n, c, 2i + p / 2, 2j + p % 2];  dx = dy where p was chosen, else 0
// As LibTorch's, the first of equals is chosen and a NaN always. LibTorch keeps the input and 8 bytes for each choice until
// the backward pass; here a choice is one byte, and the input can go.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "kernels/pool_kernels.h"
#include "operators/composition.h"
#include "operators/plain.h"

namespace weight_search {

namespace {

using at::Tensor;

// Whether the kernels take it: windows of 2 x 2 that cover the images.
bool isHalvable(const Tensor& input, int64_t kernel, int64_t stride, int64_t padding) {
  return kernel == 2 && stride == 2 && padding == 0 && isFusable(input) && input.numel() > 0 && input.size(2) % 2 == 0 &&
         input.size(3) % 2 == 0;
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
  checkPlain(input, "input");
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

Tensor composedMaxPool2d(const Tensor& input, int64_t kernel, int64_t stride, int64_t padding) {
  return at::max_pool2d(input, kernel, stride, padding);
}

Tensor maxPool2d(const Tensor& input, int64_t kernel, int64_t stride, int64_t padding) {
  return isHalvable(input, kernel, stride, padding) ? MaxPool::apply(input)[0] : composedMaxPool2d(input, kernel, stride, padding);
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(weight_search, library) {
  defineComposed(library, "max_pool2d(Tensor input, int kernel, int stride, int padding=0) -> Tensor");
}

TORCH_LIBRARY_IMPL(weight_search, CompositeImplicitAutograd, library) { implementComposed(library, "max_pool2d", composedMaxPool2d); }

TORCH_LIBRARY_IMPL(weight_search, CPU, library) { library.impl("max_pool2d", maxPool2d); }

TORCH_LIBRARY_IMPL(weight_search, AutogradCPU, library) { library.impl("max_pool2d", maxPool2d); }

}  // namespace weight_search
