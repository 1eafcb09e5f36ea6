#include "kernels/quantize_kernels.h"

namespace weight_search {

namespace avx2 {
namespace {
#include "kernels/quantize_kernels.inl"
}  // namespace
}  // namespace avx2

const QuantizeKernels& avx2QuantizeKernels() { return avx2::kQuantizeKernels; }

}  // namespace weight_search
