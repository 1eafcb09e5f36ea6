#include "kernels/pool_kernels.h"

namespace weight_search {

namespace avx2 {
namespace {
#include "kernels/pool_kernels.inl"
}  // namespace
}  // namespace avx2

const PoolKernels& avx2PoolKernels() { return avx2::kPoolKernels; }

}  // namespace weight_search
