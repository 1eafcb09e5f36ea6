#include "kernels/cpu_features.h"
#include "kernels/pool_kernels.h"

namespace weight_search {

namespace baseline {
namespace {
#include "kernels/pool_kernels.inl"
}  // namespace
}  // namespace baseline

#ifdef HAVE_X86_KERNELS
const PoolKernels& avx2PoolKernels();
#endif

const PoolKernels& poolKernels() {
#ifdef HAVE_X86_KERNELS
  if (instructionSet() >= InstructionSet::kAvx2) return avx2PoolKernels();
#endif
  return baseline::kPoolKernels;
}

}  // namespace weight_search
