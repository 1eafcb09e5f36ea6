// weight_search::search_statistics: how far a search has come. In one pass over the logits a_1 … a_K of every weight:
//   H = -sum_k p_k ln p_k,  p = softmax(a / t)
// and the choice, the index of the first of the greatest logits, which replaces the one of the time before.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/library.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "kernels/sizes.h"
#include "operators/composition.h"
#include "operators/plain.h"
#include "operators/search_checks.h"

namespace weight_search {

namespace {

using at::Tensor;

// Weights whose sums are one summand of the whole: whatever the number of threads, the same numbers are added in the same order.
constexpr int64_t kBlockWeights = 4096;

// The sums of a block: H, how many choices changed, and how often each value is the choice.
struct Sums {
  double* entropy;
  double* changed;
  double* histogram;
};

Sums sumsAt(double* numbers) { return {numbers, numbers + 1, numbers + 2}; }

// With d_k = (a_k - max a) / t and S = sum_k e^d_k, H = ln S - sum_k e^d_k d_k / S. The greatest logits are compared rather than
// subtracted, and what has no probability adds nothing, so infinite logits are the limits that they are in a draw.
template <typename T>
double entropy(const T* logits, int64_t valueCount, T greatest, double temperature) {
  double total = 0, weighted = 0;
  for (int64_t k = 0; k < valueCount; ++k) {
    if (logits[k] == greatest) {
      total += 1;
      continue;
    }
    const double difference = (static_cast<double>(logits[k]) - static_cast<double>(greatest)) / temperature;
    const double e = std::exp(difference);
    total += e;
    if (e > 0) weighted += e * difference;
  }
  return std::log(total) - weighted / total;
}

// A weight with a NaN logit keeps the choice it had and is in no bin, and the entropy is NaN.
template <typename T>
void visit(const T* logits, int64_t valueCount, double temperature, uint8_t& choice, const Sums& sums) {
  int64_t best = 0;
  bool hasNan = std::isnan(logits[0]);
  for (int64_t k = 1; k < valueCount; ++k) {
    hasNan |= std::isnan(logits[k]);
    if (logits[k] > logits[best]) best = k;
  }
  if (hasNan) {
    *sums.entropy = std::numeric_limits<double>::quiet_NaN();
    return;
  }
  *sums.entropy += entropy(logits, valueCount, logits[best], temperature);
  sums.histogram[best] += 1;
  if (choice == best) return;
  *sums.changed += 1;
  choice = static_cast<uint8_t>(best);
}

Tensor searchStatistics(const Tensor& logitsIn, double temperature, Tensor& choices) {
  checkStatistics(logitsIn, temperature, choices);
  const Tensor logits = logitsIn.contiguous();
  const int64_t valueCount = logits.size(-1), count = choices.numel(), width = valueCount + 2;
  const int64_t blocks = divideUp(count, kBlockWeights);
  std::vector<double> numbers(static_cast<size_t>(blocks * width));
  AT_DISPATCH_FLOATING_TYPES(logits.scalar_type(), "search_statistics", [&] {
    const scalar_t* from = logits.data_ptr<scalar_t>();
    uint8_t* to = choices.data_ptr<uint8_t>();
    at::parallel_for(0, blocks, 1, [&](int64_t first, int64_t last) {
      for (int64_t block = first; block < last; ++block) {
        const Sums sums = sumsAt(numbers.data() + block * width);
        const int64_t end = std::min(count, (block + 1) * kBlockWeights);
        for (int64_t i = block * kBlockWeights; i < end; ++i) visit(from + i * valueCount, valueCount, temperature, to[i], sums);
      }
    });
  });
  bumpVersion(choices);
  Tensor out = at::zeros({width}, at::TensorOptions(at::kDouble));
  double* sum = out.data_ptr<double>();
  for (int64_t block = 0; block < blocks; ++block) {
    for (int64_t n = 0; n < width; ++n) sum[n] += numbers[static_cast<size_t>(block * width + n)];
  }
  return out;
}

// Sums are made where float64 is.
Tensor composedSearchStatistics(const Tensor& logits, double temperature, Tensor& choices) {
  checkStatistics(logits, temperature, choices);
  const Tensor greatest = logits.amax(-1, true);
  const Tensor difference = at::where(logits == greatest, at::zeros({}, logits.options()), (logits - greatest) / temperature);
  const Tensor e = difference.exp(), total = e.sum(-1);
  const Tensor weighted = at::where(e > 0, e * difference, at::zeros({}, logits.options())).sum(-1);
  const Tensor entropy = total.log() - weighted / total;
  const Tensor hasNan = logits.isnan().any(-1);
  const Tensor before = choices.to(at::kLong), best = at::where(hasNan, before, logits.argmax(-1));
  std::vector<Tensor> counts = {(best != before).sum()};
  for (int64_t k = 0; k < logits.size(-1); ++k) counts.push_back(((best == k) & ~hasNan).sum());
  choices.copy_(best);
  const Tensor entropySum = (logits.is_mps() ? entropy.cpu() : entropy).sum(at::kDouble);
  return at::cat({entropySum.cpu().reshape({1}), at::stack(counts).cpu().to(at::kDouble)});
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(weight_search, library) {
  defineComposed(library, "search_statistics(Tensor logits, float temperature, Tensor(a!) choices) -> Tensor");
}

TORCH_LIBRARY_IMPL(weight_search, CPU, library) { library.impl("search_statistics", searchStatistics); }

TORCH_LIBRARY_IMPL(weight_search, CompositeExplicitAutograd, library) {
  implementComposed(library, "search_statistics", composedSearchStatistics);
}

}  // namespace weight_search
