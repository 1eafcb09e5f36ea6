#include "kernels/cpu_features.h"
#include "kernels/norm_kernels.h"

namespace weight_search {

namespace baseline {
namespace {
#include "kernels/norm_kernels.inl"
}  // namespace
}  // namespace baseline

#ifdef HAVE_X86_KERNELS
const NormKernels& avx2NormKernels();
const NormKernels& avx512NormKernels();
#endif

const NormKernels& normKernels() {
#ifdef HAVE_X86_KERNELS
  if (instructionSet() == InstructionSet::kAvx512) return avx512NormKernels();
  if (instructionSet() >= InstructionSet::kAvx2) return avx2NormKernels();
#endif
  return baseline::kNormKernels;
}

}  // namespace weight_search
