#include "kernels/winograd_kernels.h"

namespace weight_search {

namespace avx512 {
namespace {
constexpr int kLanes = 16, kRowsOfTwo = 12, kRowsOfOne = 24, kOuterRows = 8;
#include "kernels/winograd_transform.inl"
#include "kernels/winograd_product.inl"
}  // namespace
}  // namespace avx512

const WinogradKernels* avx512WinogradKernels() {
  using namespace avx512;
  static const WinogradKernels kernels = {"avx512",   panelOf,    transformWeights, transformInputs, transformOutputs, transformGradients,
                                          multiply, accumulate, weightGradient};
  return &kernels;
}

}  // namespace weight_search
