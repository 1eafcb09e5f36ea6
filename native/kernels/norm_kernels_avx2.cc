#include "kernels/norm_kernels.h"

namespace weight_search {

namespace avx2 {
namespace {
#include "kernels/norm_kernels.inl"
}  // namespace
}  // namespace avx2

const NormKernels& avx2NormKernels() { return avx2::kNormKernels; }

}  // namespace weight_search
