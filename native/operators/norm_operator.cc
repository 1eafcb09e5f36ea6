// weight_search::batch_norm_relu: training-mode batch normalization, the residual sum and ReLU in one operator, for
// channels-last images; without ReLU where `rectify` is false.
//   y = max(gamma (x - mu) / sqrt(var + eps) + beta (+ residual), 0);  mu, var: of the batch, by channel
// With g = dL/dy where y > 0, else 0 (without ReLU g = dL/dy), and M pixels:
//   dbeta = sum g;  dgamma = sum g xhat;  dx = gamma / sqrt(var + eps) (g - dbeta / M - xhat dgamma / M);  dresidual = g
// Ioffe and Szegedy, "Batch Normalization", ICML 2015. LibTorch 1.13 sums channels-last statistics in float; here they are
// as exact as in its row-major path, and the images pass through memory half as often. With a group of processes the statistics
// are those of all their images together, and so are the two sums in dx; dgamma and dbeta stay this process's share. With `chunks` of a
// batch (batch_slices.h) one process computes to the bit what a group of as many gets, dgamma and dbeta added up.
#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "kernels/norm_kernels.h"
#include "operators/composition.h"
#include "operators/group_sum.h"
#include "operators/norm_statistics.h"
#include "operators/plain.h"
#include "operators/sync_norm.h"

namespace weight_search {

namespace {

using at::Tensor;

void checkInputs(const Tensor& input, const Tensor& residual, const Tensor& weight, const Tensor& bias, const Tensor& runningMean,
                 const Tensor& runningVar) {
  checkPlain(input, "input");
  const int64_t channels = input.size(1);
  TORCH_CHECK(input.numel() > 0, "input has no elements: ", input.sizes());
  for (const Tensor& tensor : {weight, bias, runningMean, runningVar}) {
    checkPlain(tensor, "weight, bias, running_mean and running_var");
    TORCH_CHECK(tensor.scalar_type() == at::kFloat && tensor.dim() == 1 && tensor.size(0) == channels && tensor.is_contiguous(),
                "weight, bias, running_mean and running_var must be contiguous float32 [", channels, "]");
  }
  if (residual.defined()) checkPlain(residual, "residual");
  TORCH_CHECK(!residual.defined() || (residual.sizes() == input.sizes() && residual.scalar_type() == at::kFloat),
              "residual must have the input's shape and type");
}

Tensor normalize(const Tensor& input, const Tensor& residual, const Tensor& weight, const Tensor& bias, const Statistics& statistics,
                 bool rectify) {
  const int64_t channels = input.size(1);
  const Tensor scale = weight * statistics.inverseDeviation;
  Tensor output = at::empty_like(input);
  const float *x = input.data_ptr<float>(), *mean = statistics.mean.data_ptr<float>(), *factor = scale.data_ptr<float>(),
              *shift = bias.data_ptr<float>(), *added = residual.defined() ? residual.data_ptr<float>() : nullptr;
  float* y = output.data_ptr<float>();
  forUnits(rowUnits(input, 1), Order::kBackwards, [&](size_t, const Unit& unit) {
    const int64_t at = unit.first * channels;
    normKernels().forward(x + at, added ? added + at : nullptr, unit.count, channels, mean, factor, shift, rectify, y + at);
  });
  return output;
}

// Autograd notices what was written to the saved tensors since, but not that they were resized or moved.
void checkUnchanged(const Tensor& input, const Tensor& output, const Tensor& weight, const Tensor& gradient) {
  checkPlain(gradient, "grad_output");
  TORCH_CHECK(input.is_cpu() && weight.is_cpu() && input.sizes() == gradient.sizes() &&
                  (!output.defined() || output.sizes() == input.sizes()) && input.is_contiguous(at::MemoryFormat::ChannelsLast) &&
                  weight.dim() == 1 && weight.size(0) == input.size(1) && weight.is_contiguous(),
              "input and weight must be as they were, not resized or moved: ", input.sizes(), " and ", weight.sizes());
}

// The sums over the pixels that gradients are made of.
struct GradientSums {
  Tensor dgamma, dbeta;  // float32 [C]
  Tensor totals;         // float64 [2, C]: sums of g, then of g (x - mu)
};

// From the sums of each unit, [units, 2, C].
GradientSums sumGradients(const Units& units, const std::vector<double>& partial, const Tensor& weight, const Tensor& inverseDeviation) {
  const int64_t channels = weight.size(0);
  const GradientSums sums = {at::zeros_like(weight), at::zeros_like(weight), at::zeros({2, channels}, at::kDouble)};
  const float* inverse = inverseDeviation.data_ptr<float>();
  float *dgamma = sums.dgamma.data_ptr<float>(), *dbeta = sums.dbeta.data_ptr<float>();
  double *const sum = sums.totals.data_ptr<double>(), *const product = sum + channels;
  size_t begin = 0;
  for (const size_t end : units.ends) {
    for (int64_t c = 0; c < channels; ++c) {
      double chunkSum = 0, chunkProduct = 0;
      for (size_t unit = begin; unit < end; ++unit) {
        const double* ofUnit = partial.data() + unit * 2 * static_cast<size_t>(channels);
        chunkSum += ofUnit[c];
        chunkProduct += ofUnit[channels + c];
      }
      sum[c] += chunkSum;
      product[c] += chunkProduct;
      dbeta[c] += static_cast<float>(chunkSum);
      dgamma[c] += static_cast<float>(chunkProduct * inverse[c]);
    }
    begin = end;
  }
  return sums;
}

// dx = g scale - (x - mu) slope - offset, by channel.
struct InputGradient {
  std::vector<float> scale, slope, offset;
};

InputGradient inputGradient(const Tensor& totals, const Tensor& weight, const Tensor& inverseDeviation, double count) {
  const auto channels = static_cast<size_t>(weight.size(0));
  const float *gamma = weight.data_ptr<float>(), *inverse = inverseDeviation.data_ptr<float>();
  const double *const sum = totals.data_ptr<double>(), *const product = sum + channels;
  InputGradient formula = {std::vector<float>(channels), std::vector<float>(channels), std::vector<float>(channels)};
  for (size_t c = 0; c < channels; ++c) {
    const double deviation = inverse[c], factor = gamma[c] * deviation;
    formula.scale[c] = static_cast<float>(factor);
    formula.slope[c] = static_cast<float>(factor * deviation * deviation * product[c] / count);
    formula.offset[c] = static_cast<float>(factor * sum[c] / count);
  }
  return formula;
}

class BatchNormRelu : public torch::autograd::Function<BatchNormRelu> {
 public:
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& input, const c10::optional<Tensor>& added,
                        const Tensor& weight, const Tensor& bias, const Tensor& runningMean, const Tensor& runningVar, double momentum,
                        double epsilon, int64_t group, int64_t chunks, bool rectify) {
    const at::AutoDispatchBelowADInplaceOrView below;
    const Tensor residual = added.value_or(Tensor());
    const Statistics statistics = batchStatistics(input, runningMean, runningVar, momentum, epsilon, group, chunks);
    const Tensor output = normalize(input, residual, weight, bias, statistics, rectify);
    // The output tells where it was rectified; without that nobody needs it.
    context->save_for_backward({input, rectify ? output : Tensor(), weight, statistics.mean, statistics.inverseDeviation});
    context->saved_data["residual"] = residual.defined();
    context->saved_data["group"] = group;
    context->saved_data["chunks"] = chunks;
    context->saved_data["count"] = statistics.count;
    return output;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context, torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const Tensor &input = saved[0], &output = saved[1], &weight = saved[2];
    checkUnchanged(input, output, weight, gradients[0]);
    const Tensor upstream = gradients[0].contiguous(at::MemoryFormat::ChannelsLast);
    const bool rectified = output.defined(), hasResidual = context->saved_data["residual"].toBool();
    const int64_t channels = input.size(1);
    const Units units = rowUnits(input, context->saved_data["chunks"].toInt());
    const float *x = input.data_ptr<float>(), *y = rectified ? output.data_ptr<float>() : nullptr, *dy = upstream.data_ptr<float>(),
                *mean = saved[3].data_ptr<float>();
    const Tensor masked = !hasResidual ? Tensor() : rectified ? at::empty_like(input) : upstream;
    float* residualGradient = hasResidual && rectified ? masked.data_ptr<float>() : nullptr;

    std::vector<double> partial(units.all.size() * 2 * static_cast<size_t>(channels));
    forUnits(units, Order::kForwards, [&](size_t n, const Unit& unit) {
      const int64_t at = unit.first * channels;
      double* sum = partial.data() + n * 2 * static_cast<size_t>(channels);
      normKernels().reduce(x + at, rectified ? y + at : nullptr, dy + at, unit.count, channels, mean, sum, sum + channels,
                           residualGradient ? residualGradient + at : nullptr);
    });

    const GradientSums sums = sumGradients(units, partial, weight, saved[4]);
    const int64_t group = context->saved_data["group"].toInt();
    if (group != kAlone) sumOverGroup(group, sums.totals);
    const InputGradient formula = inputGradient(sums.totals, weight, saved[4], context->saved_data["count"].toDouble());
    const Tensor dx = at::empty_like(input);
    forUnits(units, Order::kBackwards, [&](size_t, const Unit& unit) {
      const int64_t at = unit.first * channels;
      normKernels().backward(x + at, rectified ? y + at : nullptr, dy + at, unit.count, channels, mean, formula.scale.data(),
                             formula.slope.data(), formula.offset.data(), dx.data_ptr<float>() + at);
    });
    return {dx, masked, sums.dgamma, sums.dbeta, Tensor(), Tensor(), Tensor(), Tensor(), Tensor(), Tensor(), Tensor()};
  }
};

// The same by LibTorch's operators.
Tensor composedBatchNormRelu(const Tensor& input, const c10::optional<Tensor>& residual, const Tensor& weight, const Tensor& bias,
                             const Tensor& runningMean, const Tensor& runningVar, double momentum, double epsilon, int64_t group,
                             int64_t /*chunks*/, bool rectify) {
  Tensor output = group == kAlone ? at::batch_norm(input, weight, bias, runningMean, runningVar, true, momentum, epsilon, false)
                                  : syncBatchNorm(input, weight, bias, runningMean, runningVar, momentum, epsilon, group);
  if (residual.has_value() && residual->defined()) output.add_(*residual);
  return rectify ? output.relu_() : output;
}

Tensor batchNormRelu(const Tensor& input, const c10::optional<Tensor>& residualIn, const Tensor& weight, const Tensor& bias,
                     const Tensor& runningMean, const Tensor& runningVar, double momentum, double epsilon, int64_t group,
                     int64_t chunks, bool rectify) {
  if (!isFusable(input) || input.size(1) > kMaxNormChannels) {
    return composedBatchNormRelu(input, residualIn, weight, bias, runningMean, runningVar, momentum, epsilon, group, chunks, rectify);
  }
  c10::optional<Tensor> residual;
  if (residualIn.has_value() && residualIn->defined()) residual = residualIn->contiguous(at::MemoryFormat::ChannelsLast);
  checkInputs(input, residual.value_or(Tensor()), weight, bias, runningMean, runningVar);
  return BatchNormRelu::apply(input, residual, weight, bias, runningMean, runningVar, momentum, epsilon, group, chunks, rectify);
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(weight_search, library) {
  defineComposed(library,
                 "batch_norm_relu(Tensor input, Tensor? residual, Tensor weight, Tensor bias, Tensor(a!) running_mean, "
                 "Tensor(b!) running_var, float momentum, float eps, int group=0, int chunks=1, bool rectify=True) -> Tensor");
}

TORCH_LIBRARY_IMPL(weight_search, CompositeImplicitAutograd, library) {
  implementComposed(library, "batch_norm_relu", composedBatchNormRelu);
}

// Registered for autograd and for plain CPU alike: without a recorded gradient the function only computes its forward part.
TORCH_LIBRARY_IMPL(weight_search, AutogradCPU, library) { library.impl("batch_norm_relu", batchNormRelu); }
TORCH_LIBRARY_IMPL(weight_search, CPU, library) { library.impl("batch_norm_relu", batchNormRelu); }

}  // namespace weight_search
