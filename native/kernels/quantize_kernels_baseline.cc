#include "kernels/cpu_features.h"
#include "kernels/quantize_kernels.h"

namespace weight_search {

namespace baseline {
namespace {
#include "kernels/quantize_kernels.inl"
}  // namespace
}  // namespace baseline

#ifdef HAVE_X86_KERNELS
const QuantizeKernels& avx2QuantizeKernels();
#endif

const QuantizeKernels& quantizeKernels() {
#ifdef HAVE_X86_KERNELS
  if (instructionSet() >= InstructionSet::kAvx2) return avx2QuantizeKernels();
#endif
  return baseline::kQuantizeKernels;
}

}  // namespace weight_search
