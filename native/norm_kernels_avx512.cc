#include "norm_kernels.h"

namespace weight_search {

namespace avx512 {
namespace {
#include "norm_kernels.inl"
}  // namespace
}  // namespace avx512

const NormKernels& avx512NormKernels() { return avx512::kNormKernels; }

}  // namespace weight_search
