#include "kernels/search_kernels.h"

#include <immintrin.h>

#include <cmath>
#include <vector>

#include "kernels/philox.h"

namespace weight_search {

namespace avx512 {
#include "kernels/search_kernels.inl"
}  // namespace avx512

template <typename T>
const SearchKernels<T>& avx512SearchKernels() {
  static const SearchKernels<T> kernels = {"avx512", avx512::sample<T>, avx512::backward<T>, avx512::sgd<T>};
  return kernels;
}

template const SearchKernels<float>& avx512SearchKernels<float>();
template const SearchKernels<double>& avx512SearchKernels<double>();

}  // namespace weight_search
