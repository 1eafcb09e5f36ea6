#include "kernels/winograd_kernels.h"

namespace weight_search {

namespace avx2 {
namespace {
constexpr int kLanes = 8, kRowsOfTwo = 6, kRowsOfOne = 12, kOuterRows = 4;
#include "kernels/winograd_transform.inl"
#include "kernels/winograd_product.inl"
}  // namespace
}  // namespace avx2

const WinogradKernels* avx2WinogradKernels() {
  using namespace avx2;
  static const WinogradKernels kernels = {"avx2",   panelOf,    transformWeights, transformInputs, transformOutputs, transformGradients,
                                          multiply, accumulate, weightGradient};
  return &kernels;
}

}  // namespace weight_search
