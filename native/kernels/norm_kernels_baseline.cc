#include "kernels/norm_kernels.h"

#include "kernels/cpu_features.h"

namespace weight_search {

namespace baseline {
namespace {
#include "kernels/norm_kernels.inl"
}  // namespace
}  // namespace baseline

const NormKernels& baselineNormKernels() { return baseline::kNormKernels; }
const NormKernels& avx2NormKernels();
const NormKernels& avx512NormKernels();

const NormKernels& normKernels() { return kernelsForCpu<baselineNormKernels, avx2NormKernels, avx512NormKernels>(); }

}  // namespace weight_search
