#include "kernels/pool_kernels.h"

#include "kernels/cpu_features.h"

namespace weight_search {

namespace baseline {
namespace {
#include "kernels/pool_kernels.inl"
}  // namespace
}  // namespace baseline

const PoolKernels& baselinePoolKernels() { return baseline::kPoolKernels; }
const PoolKernels& avx2PoolKernels();

const PoolKernels& poolKernels() { return kernelsForCpu<baselinePoolKernels, avx2PoolKernels, avx2PoolKernels>(); }

}  // namespace weight_search
