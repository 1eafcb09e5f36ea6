#include "kernels/search_kernels.h"

#include <cmath>
#include <vector>

#include "kernels/cpu_features.h"
#include "kernels/philox.h"

namespace weight_search {

namespace baseline {
#include "kernels/search_kernels.inl"
}  // namespace baseline

#ifdef HAVE_X86_KERNELS
template <typename T>
const SearchKernels<T>& avx2SearchKernels();
template <typename T>
const SearchKernels<T>& avx512SearchKernels();
#endif

template <typename T>
const SearchKernels<T>& searchKernels() {
#ifdef HAVE_X86_KERNELS
  if (instructionSet() == InstructionSet::kAvx512) return avx512SearchKernels<T>();
  if (instructionSet() >= InstructionSet::kAvx2) return avx2SearchKernels<T>();
#endif
  static const SearchKernels<T> kernels = {"baseline", baseline::sample<T>, baseline::backward<T>, baseline::sgd<T>};
  return kernels;
}

template const SearchKernels<float>& searchKernels<float>();
template const SearchKernels<double>& searchKernels<double>();

}  // namespace weight_search
