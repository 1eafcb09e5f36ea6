#include "operators/norm_statistics.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "kernels/norm_kernels.h"
#include "operators/group_sum.h"
#include "operators/plain.h"

namespace weight_search {

namespace {

using at::Tensor;

constexpr int64_t kUnitRows = 1024;

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

// The moments of the batch by channel, and the number of values in one.
double batchMoments(const Tensor& input, int64_t group, int64_t chunks, std::vector<Moments>& moments) {
  const int64_t channels = input.size(1);
  const Units units = rowUnits(input, chunks);
  const float* x = input.data_ptr<float>();
  std::vector<double> partial(units.all.size() * 2 * static_cast<size_t>(channels));
  forUnits(units, Order::kForwards, [&](size_t n, const Unit& unit) {
    double* mean = partial.data() + n * 2 * static_cast<size_t>(channels);
    normKernels().moments(x + unit.first * channels, unit.count, channels, mean, mean + channels);
  });
  const Tensor sums = at::zeros({1 + 2 * channels}, at::kDouble);
  size_t begin = 0;
  for (const size_t end : units.ends) {
    moments = momentsOf(units, begin, end, partial, static_cast<size_t>(channels));
    const int64_t rows = units.all[end - 1].first + units.all[end - 1].count - units.all[begin].first;
    addSums(static_cast<double>(rows), moments, sums);
    begin = end;
  }
  if (group != kAlone) sumOverGroup(group, sums);
  // A single chunk has its moments already, without their sums' rounding.
  const bool isWhole = group == kAlone && units.ends.size() == 1;
  return isWhole ? sums.data_ptr<double>()[0] : momentsFromSums(sums, moments);
}

}  // namespace

Units rowUnits(const Tensor& images, int64_t chunks) {
  return unitsOf(images.size(0), chunks, images.size(2) * images.size(3), kUnitRows);
}

Statistics batchStatistics(const Tensor& input, const Tensor& runningMean, const Tensor& runningVar, double momentum, double epsilon,
                           int64_t group, int64_t chunks) {
  std::vector<Moments> moments;
  const double total = batchMoments(input, group, chunks, moments);
  TORCH_CHECK(total > 1, "more than one value a channel is needed, not input ", input.sizes());
  const int64_t channels = input.size(1);
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
  bumpVersion(runningMean);
  bumpVersion(runningVar);
  return statistics;
}

}  // namespace weight_search
