#include "kernels/norm_kernels.h"

namespace weight_search {

namespace avx512 {
namespace {
#include "kernels/norm_kernels.inl"
}  // namespace
}  // namespace avx512

const NormKernels& avx512NormKernels() { return avx512::kNormKernels; }

}  // namespace weight_search
