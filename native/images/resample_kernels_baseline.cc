#include "kernels/cpu_features.h"
#include "images/resample_kernels.h"

namespace weight_search {

namespace baseline {
namespace {
#include "images/resample_kernels.inl"
}  // namespace
}  // namespace baseline

#ifdef HAVE_X86_KERNELS
const ResampleKernels& avx2ResampleKernels();
#endif

const ResampleKernels& resampleKernels() {
#ifdef HAVE_X86_KERNELS
  if (instructionSet() >= InstructionSet::kAvx2) return avx2ResampleKernels();
#endif
  return baseline::kResampleKernels;
}

}  // namespace weight_search
