// The loops of the search operator over a range of weights. Compiled for the baseline instruction set, for AVX2
// and for AVX-512; searchKernels() gives those this processor can run. The equations are in search_operators.cc.
#pragma once

#include <cstdint>

namespace weight_search {

// How weights are drawn from logits [N, K]; weight i uses logits[i * K … i * K + K - 1].
template <typename T>
struct Draw {
  const T* logits;
  const T* values;  // [K]
  int64_t valueCount;
  T temperature;
  T noiseScale;  // 0: no noise
  uint64_t seed;
  uint64_t step;  // the noise of weight i is a function of (seed, step, i) alone
};

template <typename T>
struct SgdStep {
  T learningRate;
  T momentum;
  T weightDecay;
};

template <typename T>
struct SearchKernels {
  const char* name;
  // weights[i] for begin <= i < end: the value of the greatest perturbed logit (hard) or the mean value (soft).
  void (*sample)(const Draw<T>&, bool hard, T* weights, int64_t begin, int64_t end);
  // dL/dlogits from dL/dweights.
  void (*backward)(const Draw<T>&, const T* weightGradients, T* logitGradients, int64_t begin, int64_t end);
  // The SGD step of logits (draw.logits, updated in place) and their momenta from dL/dweights; then, where hardWeights is not
  // null, the values of the greatest logits as they are now.
  void (*sgd)(const Draw<T>&, const SgdStep<T>&, const T* weightGradients, T* logits, T* momenta, T* hardWeights, int64_t begin,
              int64_t end);
};

template <typename T>
const SearchKernels<T>& searchKernels();

}  // namespace weight_search
