#include "kernels/search_kernels.h"

#include <cmath>
#include <vector>

#include "kernels/cpu_features.h"
#include "kernels/philox.h"

namespace weight_search {

namespace baseline {
#include "kernels/search_kernels.inl"
}  // namespace baseline

template <typename T>
const SearchKernels<T>& baselineSearchKernels() {
  static const SearchKernels<T> kernels = {"baseline", baseline::sample<T>, baseline::backward<T>, baseline::sgd<T>};
  return kernels;
}
template <typename T>
const SearchKernels<T>& avx2SearchKernels();
template <typename T>
const SearchKernels<T>& avx512SearchKernels();

template <typename T>
const SearchKernels<T>& searchKernels() {
  return kernelsForCpu<baselineSearchKernels<T>, avx2SearchKernels<T>, avx512SearchKernels<T>>();
}

template const SearchKernels<float>& searchKernels<float>();
template const SearchKernels<double>& searchKernels<double>();

}  // namespace weight_search
