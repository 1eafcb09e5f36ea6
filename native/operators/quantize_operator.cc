// weight_search::pact and weight_search::bireal_sign: activations of few bits, each in one pass over memory forward and one backward.
//
// pact, of 2 to 8 bits, with a clip a that is trained (Choi et al., "PACT: Parameterized Clipping Activation for Quantized Neural
// Networks", 2018, arXiv 1805.06085), c = max(a, 0) and n = 2^bits - 1 steps:
//   y = round(min(max(x, 0), c) / c n) c / n;   dx = dy where 0 <= x < c, else 0;   da = sum of dy where x >= c
// A clip of 0 or less gives 0 everywhere, and still the gradient that can raise it.
//
// bireal_sign, of 1 bit, with the derivative of a piecewise parabola in the place of sign's (Liu et al., "Bi-Real Net", ECCV 2018,
// arXiv 1808.00278):
//   y = 1 where x >= 0, else -1;   dx = dy (2 + 2x) where -1 <= x < 0, dy (2 - 2x) where 0 <= x < 1, else 0
//
// Both keep a NaN of x, so that what went wrong before is seen. Elements are taken as they lie in memory, which is image by image.
// da is summed by chunks of the batch (batch_slices.h): in double over units of a chunk, in order, whatever threads there are.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "kernels/quantize_kernels.h"
#include "operators/batch_slices.h"
#include "operators/composition.h"
#include "operators/plain.h"
#include "operators/quantize_composition.h"

namespace weight_search {

namespace {

using at::Tensor;

// Elements of one unit of parallel work.
constexpr int64_t kUnit = 16384;

// Whether the elements lie in memory without gaps, those of an image together: row-major or channels-last.
bool isByImage(const Tensor& tensor) {
  return tensor.is_contiguous() || (tensor.dim() == 4 && tensor.is_contiguous(at::MemoryFormat::ChannelsLast));
}

Tensor byImage(const Tensor& tensor) { return isByImage(tensor) ? tensor : tensor.contiguous(); }

// The gradient in the memory format of what it is the gradient of.
Tensor like(const Tensor& gradient, const Tensor& input) {
  checkPlain(gradient, "grad_output");
  TORCH_CHECK(input.is_cpu() && isByImage(input) && gradient.sizes() == input.sizes() && isStridedFloat(gradient),
              "input must be as it was, not resized or moved: ", input.sizes(), " with a gradient of ", gradient.sizes());
  return gradient.contiguous(input.is_contiguous() ? at::MemoryFormat::Contiguous : at::MemoryFormat::ChannelsLast);
}

void checkClip(const Tensor& clip) {
  TORCH_CHECK(isStridedFloat(clip) && clip.dim() == 0, "clip must be a float32 scalar on the CPU");
  checkPlain(clip, "clip");
}

// max(clip, 0), NaN if the clip is.
float clipOf(const Tensor& clip) {
  const float value = *clip.data_ptr<float>();
  return value <= 0 ? 0.0f : value;
}

Units unitsOfImages(const Tensor& images, int64_t chunks) {
  const int64_t batch = images.dim() == 0 ? 1 : images.size(0);
  return unitsOf(batch, chunks, batch == 0 ? 0 : images.numel() / batch, kUnit);
}

// Calls visit(first, count) for pieces of n elements, on LibTorch's threads.
template <typename Visit>
void forPieces(int64_t n, Visit visit) {
  at::parallel_for(0, n, kUnit, [&](int64_t begin, int64_t end) { visit(begin, end - begin); });
}

class Pact : public torch::autograd::Function<Pact> {
 public:
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& inputIn, const Tensor& clip, int64_t bits, int64_t chunks) {
    const at::AutoDispatchBelowADInplaceOrView below;
    const Tensor input = byImage(inputIn);
    const Tensor output = at::empty_like(input);
    const float *x = input.data_ptr<float>(), bound = clipOf(clip), steps = static_cast<float>((int64_t{1} << bits) - 1);
    float* y = output.data_ptr<float>();
    forPieces(input.numel(), [&](int64_t first, int64_t count) { quantizeKernels().pact(x + first, count, bound, steps, y + first); });
    context->save_for_backward({input, clip});
    context->saved_data["chunks"] = chunks;
    return output;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context, torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const Tensor &input = saved[0], &clip = saved[1];
    const Tensor upstream = like(gradients[0], input), dx = at::empty_like(input);
    const Units units = unitsOfImages(input, context->saved_data["chunks"].toInt());
    const float *x = input.data_ptr<float>(), *dy = upstream.data_ptr<float>(), bound = clipOf(clip);
    float* const result = dx.data_ptr<float>();
    std::vector<double> sums(units.all.size());
    at::parallel_for(0, static_cast<int64_t>(units.all.size()), 1, [&](int64_t begin, int64_t end) {
      for (auto n = static_cast<size_t>(begin); n < static_cast<size_t>(end); ++n) {
        const auto& [first, count] = units.all[n];
        sums[n] = quantizeKernels().pactBackward(x + first, dy + first, count, bound, result + first);
      }
    });
    float total = 0;
    size_t unit = 0;
    for (const size_t end : units.ends) {
      double ofChunk = 0;
      for (; unit < end; ++unit) ofChunk += sums[unit];
      total += static_cast<float>(ofChunk);
    }
    return {dx, at::scalar_tensor(total, clip.options()), Tensor(), Tensor()};
  }
};

class BirealSign : public torch::autograd::Function<BirealSign> {
 public:
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& inputIn) {
    const at::AutoDispatchBelowADInplaceOrView below;
    const Tensor input = byImage(inputIn);
    const Tensor output = at::empty_like(input);
    const float* x = input.data_ptr<float>();
    float* y = output.data_ptr<float>();
    forPieces(input.numel(), [&](int64_t first, int64_t count) { quantizeKernels().sign(x + first, count, y + first); });
    context->save_for_backward({input});
    return output;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context, torch::autograd::variable_list gradients) {
    const Tensor input = context->get_saved_variables()[0];
    const Tensor upstream = like(gradients[0], input), dx = at::empty_like(input);
    const float *x = input.data_ptr<float>(), *dy = upstream.data_ptr<float>();
    float* result = dx.data_ptr<float>();
    forPieces(input.numel(), [&](int64_t first, int64_t count) {
      quantizeKernels().signBackward(x + first, dy + first, count, result + first);
    });
    return {dx};
  }
};

Tensor pact(const Tensor& input, const Tensor& clip, int64_t bits, int64_t chunks) {
  if (!isStridedFloat(input) || !isStridedFloat(clip)) return composedPact(input, clip, bits, chunks);
  checkPactBits(bits);
  checkPlain(input, "input");
  checkClip(clip);
  chunksOf(1, chunks);
  return Pact::apply(input, clip, bits, chunks);
}

Tensor birealSign(const Tensor& input) {
  if (!isStridedFloat(input)) return composedBirealSign(input);
  checkPlain(input, "input");
  return BirealSign::apply(input);
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(weight_search, library) {
  defineComposed(library, "pact(Tensor input, Tensor clip, int bits, int chunks=1) -> Tensor");
  defineComposed(library, "bireal_sign(Tensor input) -> Tensor");
}

TORCH_LIBRARY_IMPL(weight_search, CompositeImplicitAutograd, library) {
  implementComposed(library, "pact", composedPact);
  implementComposed(library, "bireal_sign", composedBirealSign);
}

// Registered for autograd and for plain CPU alike: without a recorded gradient the functions only compute their forward part.
TORCH_LIBRARY_IMPL(weight_search, AutogradCPU, library) {
  library.impl("pact", pact);
  library.impl("bireal_sign", birealSign);
}

TORCH_LIBRARY_IMPL(weight_search, CPU, library) {
  library.impl("pact", pact);
  library.impl("bireal_sign", birealSign);
}

}  // namespace weight_search
