#include "kernels/quantize_kernels.h"

#include "kernels/cpu_features.h"

namespace weight_search {

namespace baseline {
namespace {
#include "kernels/quantize_kernels.inl"
}  // namespace
}  // namespace baseline

const QuantizeKernels& baselineQuantizeKernels() { return baseline::kQuantizeKernels; }
const QuantizeKernels& avx2QuantizeKernels();

const QuantizeKernels& quantizeKernels() { return kernelsForCpu<baselineQuantizeKernels, avx2QuantizeKernels, avx2QuantizeKernels>(); }

}  // namespace weight_search
