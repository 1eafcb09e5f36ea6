// weight_search::batch_norm_relu: training-mode batch normalization, the residual sum and ReLU in one operator, for
// channels-last images; without ReLU where `rectify` is false.
//   y = max(gamma (x - mu) / sqrt(var + eps) + beta (+ residual), 0);  mu, var: of the batch, by channel
// With g = dL/dy where y > 0, else 0 (without ReLU g = dL/dy), and M pixels:
//   dbeta = sum g;  dgamma = sum g xhat;  dx = gamma / sqrt(var + eps) (g - dbeta / M - xhat dgamma / M);  dresidual = g
// Ioffe and Szegedy, "Batch Normalization", ICML 2015. LibTorch 1.13 sums channels-last statistics in float; here they are
// as exact as in its row-major path, and the images pass through memory half as often. With a group of processes the statistics
// are those of all their images together, and so are the two sums in dx; dgamma and dbeta stay this process's part. With `parts` of a
// batch (batch_slices.h) one process computes to the bit what a group of as many gets, dgamma and dbeta added up.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "operators/batch_slices.h"
#include "operators/group_sum.h"
#include "kernels/norm_kernels.h"
#include "bridge/plain.h"

namespace weight_search {

namespace {

using at::Tensor;

constexpr int64_t kMaxChannels = 2048;
// Rows of one unit of parallel work. Sums are formed by unit, in order, so threads do not change their bits.
constexpr int64_t kUnitRows = 1024;

void checkInputs(const Tensor& input, const Tensor& residual, const Tensor& weight, const Tensor& bias, const Tensor& runningMean,
                 const Tensor& runningVar) {
  TORCH_CHECK(input.dim() == 4 && input.scalar_type() == at::kFloat && input.is_contiguous(at::MemoryFormat::ChannelsLast),
              "input must be float32 [N, C, H, W], channels-last in memory");
  checkPlain(input, "input");
  const int64_t channels = input.size(1);
  TORCH_CHECK(channels <= kMaxChannels, "input has ", channels, " channels, more than ", kMaxChannels);
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

struct Unit {
  int64_t first, count;  // rows
};

// The units of each part of a batch, one part after the other.
struct Units {
  std::vector<Unit> all;
  std::vector<size_t> ends;  // of each part, in `all`
};

Units unitsOf(const Tensor& images, int64_t partsIn) {
  const int64_t batch = images.size(0), parts = partsOf(batch, partsIn), rowsOfImage = images.size(2) * images.size(3);
  Units units;
  for (int64_t part = 0; part < parts; ++part) {
    const int64_t end = partStart(batch, parts, part + 1) * rowsOfImage;
    for (int64_t first = partStart(batch, parts, part) * rowsOfImage; first < end; first += kUnitRows) {
      units.all.push_back({first, std::min(kUnitRows, end - first)});
    }
    units.ends.push_back(units.all.size());
  }
  return units;
}

// Calls visit(n, unit) for each unit, on LibTorch's threads. A second pass over the same images goes backwards: it begins with
// what the first one left in the caches, and leaves there what the next operator begins with.
enum class Order { kForwards, kBackwards };
template <typename Visit>
void forUnits(const Units& units, Order order, Visit visit) {
  at::parallel_for(0, static_cast<int64_t>(units.all.size()), 1, [&](int64_t begin, int64_t end) {
    for (int64_t n = begin; n < end; ++n) {
      const auto unit = static_cast<size_t>(order == Order::kForwards ? n : begin + end - 1 - n);
      visit(unit, units.all[unit]);
    }
  });
}

struct Statistics {
  Tensor mean, inverseDeviation;  // float32 [C]
  double count;                   // of values a channel
};

// Mean and sum of squared differences from it of some values.
struct Moments {
  double mean = 0, squares = 0;
};

// The moments of units begin ... end - 1, of which `partial` has mean and squares by channel.
std::vector<Moments> momentsOf(const Units& units, size_t begin, size_t end, const std::vector<double>& partial, size_t channels) {
  std::vector<Moments> moments(channels);
  for (size_t c = 0; c < channels; ++c) {
    double total = 0, average = 0, squares = 0;
    for (size_t unit = begin; unit < end; ++unit) {
      const double* unitMean = partial.data() + unit * 2 * channels;
      const auto count = static_cast<double>(units.all[unit].count);
      const double difference = unitMean[c] - average;
      average += difference * (count / (total + count));
      squares += unitMean[channels + c] + difference * difference * (total * count / (total + count));
      total += count;
    }
    moments[c] = {average, squares};
  }
  return moments;
}

// Adds the number of values, their sums and those of their squares, which lose nothing that float32 would show: [1 + 2 C].
void addSums(double count, const std::vector<Moments>& moments, const Tensor& sums) {
  const size_t channels = moments.size();
  double* const total = sums.data_ptr<double>();
  total[0] += count;
  for (size_t c = 0; c < channels; ++c) {
    const auto& [mean, squares] = moments[c];
    total[1 + c] += count * mean;
    total[1 + channels + c] += squares + count * mean * mean;
  }
}

// What `addSums` made sums of; returns the number of values.
double momentsFromSums(const Tensor& sums, std::vector<Moments>& moments) {
  const size_t channels = moments.size();
  const double* const total = sums.data_ptr<double>();
  for (size_t c = 0; c < channels; ++c) {
    const double mean = total[1 + c] / total[0];
    moments[c] = {mean, std::max(0.0, total[1 + channels + c] - total[0] * mean * mean)};
  }
  return total[0];
}

Statistics batchStatistics(const Tensor& input, const Tensor& runningMean, const Tensor& runningVar, double momentum, double epsilon,
                           int64_t group, int64_t parts) {
  const int64_t channels = input.size(1);
  const Units units = unitsOf(input, parts);
  const float* x = input.data_ptr<float>();
  std::vector<double> partial(units.all.size() * 2 * static_cast<size_t>(channels));
  forUnits(units, Order::kForwards, [&](size_t n, const Unit& unit) {
    double* mean = partial.data() + n * 2 * static_cast<size_t>(channels);
    normKernels().moments(x + unit.first * channels, unit.count, channels, mean, mean + channels);
  });
  std::vector<Moments> moments;
  const Tensor sums = at::zeros({1 + 2 * channels}, at::kDouble);
  size_t begin = 0;
  for (const size_t end : units.ends) {
    moments = momentsOf(units, begin, end, partial, static_cast<size_t>(channels));
    const int64_t rows = units.all[end - 1].first + units.all[end - 1].count - units.all[begin].first;
    addSums(static_cast<double>(rows), moments, sums);
    begin = end;
  }
  if (group != kAlone) sumOverGroup(group, sums);
  // A single part has its moments already, without their sums' rounding.
  const bool isWhole = group == kAlone && units.ends.size() == 1;
  const double total = isWhole ? sums.data_ptr<double>()[0] : momentsFromSums(sums, moments);
  TORCH_CHECK(total > 1, "more than one value a channel is needed, not input ", input.sizes());
  Statistics statistics = {at::empty({channels}, input.options()), at::empty({channels}, input.options()), total};
  float* mean = statistics.mean.data_ptr<float>();
  float* inverse = statistics.inverseDeviation.data_ptr<float>();
  float* movingMean = runningMean.data_ptr<float>();
  float* movingVar = runningVar.data_ptr<float>();
  for (int64_t c = 0; c < channels; ++c) {
    const auto& [average, squares] = moments[static_cast<size_t>(c)];
    mean[c] = static_cast<float>(average);
    inverse[c] = static_cast<float>(1.0 / std::sqrt(squares / total + epsilon));
    movingMean[c] = static_cast<float>((1 - momentum) * movingMean[c] + momentum * average);
    movingVar[c] = static_cast<float>((1 - momentum) * movingVar[c] + momentum * (squares / (total - 1)));
  }
  return statistics;
}

Tensor normalize(const Tensor& input, const Tensor& residual, const Tensor& weight, const Tensor& bias, const Statistics& statistics,
                 bool rectify) {
  const int64_t channels = input.size(1);
  const Tensor scale = weight * statistics.inverseDeviation;
  Tensor output = at::empty_like(input);
  const float *x = input.data_ptr<float>(), *mean = statistics.mean.data_ptr<float>(), *factor = scale.data_ptr<float>(),
              *shift = bias.data_ptr<float>(), *added = residual.defined() ? residual.data_ptr<float>() : nullptr;
  float* y = output.data_ptr<float>();
  forUnits(unitsOf(input, 1), Order::kBackwards, [&](size_t, const Unit& unit) {
    const int64_t at = unit.first * channels;
    normKernels().forward(x + at, added ? added + at : nullptr, unit.count, channels, mean, factor, shift, rectify, y + at);
  });
  return output;
}

class BatchNormRelu : public torch::autograd::Function<BatchNormRelu> {
 public:
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& input, const c10::optional<Tensor>& added,
                        const Tensor& weight, const Tensor& bias, const Tensor& runningMean, const Tensor& runningVar, double momentum,
                        double epsilon, int64_t group, int64_t parts, bool rectify) {
    const at::AutoDispatchBelowADInplaceOrView below;
    const Tensor residual = added.value_or(Tensor());
    const Statistics statistics = batchStatistics(input, runningMean, runningVar, momentum, epsilon, group, parts);
    const Tensor output = normalize(input, residual, weight, bias, statistics, rectify);
    // The output tells where it was rectified; without that nobody needs it.
    context->save_for_backward({input, rectify ? output : Tensor(), weight, statistics.mean, statistics.inverseDeviation});
    context->saved_data["residual"] = residual.defined();
    context->saved_data["group"] = group;
    context->saved_data["parts"] = parts;
    context->saved_data["count"] = statistics.count;
    return output;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context, torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const Tensor &input = saved[0], &output = saved[1], &weight = saved[2], &inverseDeviation = saved[4];
    checkPlain(gradients[0], "grad_output");
    // Autograd notices what was written to them since, but not that they were resized or moved.
    const bool rectified = output.defined();
    TORCH_CHECK(input.is_cpu() && weight.is_cpu() && input.sizes() == gradients[0].sizes() &&
                    (!rectified || output.sizes() == input.sizes()) &&
                    input.is_contiguous(at::MemoryFormat::ChannelsLast) && weight.dim() == 1 && weight.size(0) == input.size(1) &&
                    weight.is_contiguous(),
                "input and weight must be as they were, not resized or moved: ", input.sizes(), " and ", weight.sizes());
    const Tensor upstream = gradients[0].contiguous(at::MemoryFormat::ChannelsLast);
    const int64_t channels = input.size(1);
    const Units units = unitsOf(input, context->saved_data["parts"].toInt());
    const float *x = input.data_ptr<float>(), *y = rectified ? output.data_ptr<float>() : nullptr, *dy = upstream.data_ptr<float>(),
                *mean = saved[3].data_ptr<float>(), *inverse = inverseDeviation.data_ptr<float>(), *gamma = weight.data_ptr<float>();
    const bool hasResidual = context->saved_data["residual"].toBool();
    const Tensor masked = !hasResidual ? Tensor() : rectified ? at::empty_like(input) : upstream;
    float* residualGradient = hasResidual && rectified ? masked.data_ptr<float>() : nullptr;

    std::vector<double> partial(units.all.size() * 2 * static_cast<size_t>(channels));
    forUnits(units, Order::kForwards, [&](size_t n, const Unit& unit) {
      const int64_t at = unit.first * channels;
      double* sum = partial.data() + n * 2 * static_cast<size_t>(channels);
      normKernels().reduce(x + at, rectified ? y + at : nullptr, dy + at, unit.count, channels, mean, sum, sum + channels,
                           residualGradient ? residualGradient + at : nullptr);
    });

    const Tensor dgamma = at::zeros_like(weight), dbeta = at::zeros_like(weight), dx = at::empty_like(input);
    // Sums of g, then of g (x - mean).
    const Tensor totals = at::zeros({2, channels}, at::kDouble);
    double *const sum = totals.data_ptr<double>(), *const product = sum + channels;
    size_t begin = 0;
    for (const size_t end : units.ends) {
      for (int64_t c = 0; c < channels; ++c) {
        double partSum = 0, partProduct = 0;
        for (size_t unit = begin; unit < end; ++unit) {
          const double* ofUnit = partial.data() + unit * 2 * static_cast<size_t>(channels);
          partSum += ofUnit[c];
          partProduct += ofUnit[channels + c];
        }
        sum[c] += partSum;
        product[c] += partProduct;
        dbeta.data_ptr<float>()[c] += static_cast<float>(partSum);
        dgamma.data_ptr<float>()[c] += static_cast<float>(partProduct * inverse[c]);
      }
      begin = end;
    }
    const int64_t group = context->saved_data["group"].toInt();
    if (group != kAlone) sumOverGroup(group, totals);
    const double count = context->saved_data["count"].toDouble();
    std::vector<float> scale(static_cast<size_t>(channels)), slope(scale), offset(scale);
    for (int64_t c = 0; c < channels; ++c) {
      const double deviation = inverse[c], factor = gamma[c] * deviation;
      scale[static_cast<size_t>(c)] = static_cast<float>(factor);
      slope[static_cast<size_t>(c)] = static_cast<float>(factor * deviation * deviation * product[c] / count);
      offset[static_cast<size_t>(c)] = static_cast<float>(factor * sum[c] / count);
    }
    forUnits(units, Order::kBackwards, [&](size_t, const Unit& unit) {
      const int64_t at = unit.first * channels;
      normKernels().backward(x + at, rectified ? y + at : nullptr, dy + at, unit.count, channels, mean, scale.data(), slope.data(), offset.data(),
                             dx.data_ptr<float>() + at);
    });
    return {dx, masked, dgamma, dbeta, Tensor(), Tensor(), Tensor(), Tensor(), Tensor(), Tensor(), Tensor()};
  }
};

Tensor batchNormRelu(const Tensor& input, const c10::optional<Tensor>& residualIn, const Tensor& weight, const Tensor& bias,
                     const Tensor& runningMean, const Tensor& runningVar, double momentum, double epsilon, int64_t group,
                     int64_t parts, bool rectify) {
  c10::optional<Tensor> residual;
  if (residualIn.has_value() && residualIn->defined()) residual = residualIn->contiguous(at::MemoryFormat::ChannelsLast);
  checkInputs(input, residual.value_or(Tensor()), weight, bias, runningMean, runningVar);
  return BatchNormRelu::apply(input, residual, weight, bias, runningMean, runningVar, momentum, epsilon, group, parts, rectify);
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(weight_search, library) {
  library.def(
      "batch_norm_relu(Tensor input, Tensor? residual, Tensor weight, Tensor bias, Tensor(a!) running_mean, Tensor(b!) running_var, "
      "float momentum, float eps, int group=0, int parts=1, bool rectify=True) -> Tensor");
}

// Registered for autograd and for plain CPU alike: without a recorded gradient the function only computes its forward part.
TORCH_LIBRARY_IMPL(weight_search, AutogradCPU, library) { library.impl("batch_norm_relu", batchNormRelu); }
TORCH_LIBRARY_IMPL(weight_search, CPU, library) { library.impl("batch_norm_relu", batchNormRelu); }

}  // namespace weight_search
