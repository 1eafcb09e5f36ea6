#include "images/resample_kernels.h"

namespace weight_search {

namespace avx2 {
namespace {
#include "images/resample_kernels.inl"
}  // namespace
}  // namespace avx2

const ResampleKernels& avx2ResampleKernels() { return avx2::kResampleKernels; }

}  // namespace weight_search
