// weight_search::halve_and_pad: the shortcut without parameters of CIFAR's residual networks where the image is halved, for
// channels-last images.
//   y[n, before + c, i, j] = x[n, c, 2i, 2j];  the `before` channels ahead and the `after` behind are 0
// He, Zhang, Ren, Sun, "Deep Residual Learning for Image Recognition", CVPR 2016, option A. Of LibTorch's operators it takes two
// slices and a padding, whose backward passes fill two images with zeros and copy into them.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include <algorithm>
#include <limits>

#include "operators/composition.h"
#include "operators/plain.h"

namespace weight_search {

namespace {

using at::Tensor;

// So that no sum of channels overflows.
constexpr int64_t kMaxChannels = int64_t{1} << 31;

void checkInput(const Tensor& input, int64_t before, int64_t after) {
  checkPlain(input, "input");
  TORCH_CHECK(before >= 0 && after >= 0 && before <= kMaxChannels && after <= kMaxChannels,
              "channels_before and channels_after must be from 0 to ", kMaxChannels, ", not ", before, " and ", after);
}

// Calls visit(pixel of the large image, pixel of the halved one) for all pixels of the latter, on LibTorch's threads.
template <typename Visit>
void forPixels(int64_t images, int64_t height, int64_t width, Visit visit) {
  const int64_t halfHeight = (height + 1) / 2, halfWidth = (width + 1) / 2;
  at::parallel_for(0, images * halfHeight, 16, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const int64_t image = row / halfHeight, y = row % halfHeight;
      for (int64_t x = 0; x < halfWidth; ++x) visit((image * height + 2 * y) * width + 2 * x, row * halfWidth + x);
    }
  });
}

Tensor fusedHalveAndPad(const Tensor& input, int64_t before, int64_t after) {
  checkInput(input, before, after);
  const int64_t images = input.size(0), channels = input.size(1), height = input.size(2), width = input.size(3);
  const int64_t total = before + channels + after;
  Tensor output = at::empty({images, total, (height + 1) / 2, (width + 1) / 2}, input.options().memory_format(at::MemoryFormat::ChannelsLast));
  const float* x = input.data_ptr<float>();
  float* y = output.data_ptr<float>();
  forPixels(images, height, width, [&](int64_t large, int64_t half) {
    float* pixel = y + half * total;
    std::fill_n(pixel, before, 0.0f);
    std::copy_n(x + large * channels, channels, pixel + before);
    std::fill_n(pixel + before + channels, after, 0.0f);
  });
  return output;
}

Tensor fusedHalveAndPadBackward(const Tensor& gradient, at::IntArrayRef sizes, int64_t before) {
  const int64_t images = sizes[0], channels = sizes[1], height = sizes[2], width = sizes[3], total = gradient.size(1);
  checkPlain(gradient, "grad_output");
  const Tensor upstream = gradient.contiguous(at::MemoryFormat::ChannelsLast);
  // Not at::zeros, which takes a memory format and pays no heed to it.
  Tensor result = at::empty(sizes, gradient.options().memory_format(at::MemoryFormat::ChannelsLast)).zero_();
  const float* dy = upstream.data_ptr<float>();
  float* dx = result.data_ptr<float>();
  forPixels(images, height, width, [&](int64_t large, int64_t half) { std::copy_n(dy + half * total + before, channels, dx + large * channels); });
  return result;
}

class HalveAndPad : public torch::autograd::Function<HalveAndPad> {
 public:
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& input, int64_t before, int64_t after) {
    const at::AutoDispatchBelowADInplaceOrView below;
    context->saved_data["sizes"] = input.sizes().vec();
    context->saved_data["before"] = before;
    return fusedHalveAndPad(input, before, after);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context, torch::autograd::variable_list gradients) {
    const auto sizes = context->saved_data["sizes"].toIntVector();
    return {fusedHalveAndPadBackward(gradients[0], sizes, context->saved_data["before"].toInt()), Tensor(), Tensor()};
  }
};

Tensor composedHalveAndPad(const Tensor& input, int64_t before, int64_t after) {
  constexpr int64_t end = std::numeric_limits<int64_t>::max();
  return at::constant_pad_nd(input.slice(2, 0, end, 2).slice(3, 0, end, 2), {0, 0, 0, 0, before, after}, 0.0);
}

Tensor halveAndPad(const Tensor& input, int64_t before, int64_t after) {
  return isFusable(input) ? HalveAndPad::apply(input, before, after) : composedHalveAndPad(input, before, after);
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(weight_search, library) {
  defineComposed(library, "halve_and_pad(Tensor input, int channels_before, int channels_after) -> Tensor");
}

TORCH_LIBRARY_IMPL(weight_search, CompositeImplicitAutograd, library) {
  implementComposed(library, "halve_and_pad", composedHalveAndPad);
}

TORCH_LIBRARY_IMPL(weight_search, CPU, library) { library.impl("halve_and_pad", halveAndPad); }

TORCH_LIBRARY_IMPL(weight_search, AutogradCPU, library) { library.impl("halve_and_pad", halveAndPad); }

}  // namespace weight_search
