#include "images/resample_kernels.h"

#include "kernels/cpu_features.h"

namespace weight_search {

namespace baseline {
namespace {
#include "images/resample_kernels.inl"
}  // namespace
}  // namespace baseline

const ResampleKernels& baselineResampleKernels() { return baseline::kResampleKernels; }
const ResampleKernels& avx2ResampleKernels();

const ResampleKernels& resampleKernels() { return kernelsForCpu<baselineResampleKernels, avx2ResampleKernels, avx2ResampleKernels>(); }

}  // namespace weight_search
