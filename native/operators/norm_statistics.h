// Batch statistics of channels-last images, in sums whose bits do not depend on the number of threads.
#pragma once

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>

#include "operators/batch_slices.h"

namespace weight_search {

// The rows of images, pixel by pixel. Sums are formed by unit, in order.
Units rowUnits(const at::Tensor& images, int64_t chunks);

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
  at::Tensor mean, inverseDeviation;  // float32 [C]
  double count;                       // of values a channel
};

// The statistics of the batch, over all processes of a group; moves the running ones, float32 [C], towards them.
Statistics batchStatistics(const at::Tensor& images, const at::Tensor& runningMean, const at::Tensor& runningVar, double momentum,
                           double epsilon, int64_t group, int64_t chunks);

}  // namespace weight_search
