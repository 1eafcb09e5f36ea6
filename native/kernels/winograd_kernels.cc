#include "kernels/winograd_kernels.h"

#include "kernels/cpu_features.h"

namespace weight_search {

#ifdef HAVE_X86_KERNELS
const WinogradKernels& avx2WinogradKernels();
const WinogradKernels& avx512WinogradKernels();
#endif

const WinogradKernels* winogradKernels() {
#ifdef HAVE_X86_KERNELS
  switch (instructionSet()) {
    case InstructionSet::kAvx512: return &avx512WinogradKernels();
    case InstructionSet::kAvx2: return &avx2WinogradKernels();
    case InstructionSet::kBaseline: break;
  }
#endif
  return nullptr;
}

}  // namespace weight_search
