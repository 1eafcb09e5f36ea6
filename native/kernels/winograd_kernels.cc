#include "kernels/winograd_kernels.h"

#include "kernels/cpu_features.h"

namespace weight_search {

const WinogradKernels* noWinogradKernels() { return nullptr; }
const WinogradKernels* avx2WinogradKernels();
const WinogradKernels* avx512WinogradKernels();

const WinogradKernels* winogradKernels() { return kernelsForCpu<noWinogradKernels, avx2WinogradKernels, avx512WinogradKernels>(); }

}  // namespace weight_search
