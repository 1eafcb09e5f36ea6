#include "kernels/search_kernels.h"

#include <immintrin.h>

#include <cmath>
#include <vector>

#include "kernels/philox.h"

namespace weight_search {

namespace avx2 {
#include "kernels/search_kernels.inl"
}  // namespace avx2

template <typename T>
const SearchKernels<T>& avx2SearchKernels() {
  static const SearchKernels<T> kernels = {"avx2", avx2::sample<T>, avx2::backward<T>, avx2::sgd<T>};
  return kernels;
}

template const SearchKernels<float>& avx2SearchKernels<float>();
template const SearchKernels<double>& avx2SearchKernels<double>();

}  // namespace weight_search
