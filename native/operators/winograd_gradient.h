// The gradient of Winograd's convolution with respect to its weight; the equations are in winograd_operator.cc.
#pragma once

#include <ATen/core/Tensor.h>

namespace weight_search {

// dg [O, I, 3, 3] from images [N, I, H, W] and dy [N, O, H, W]: the sum of the chunks' gradients, each what a batch of the chunk's
// images alone has.
at::Tensor winogradWeightGradient(const at::Tensor& images, const at::Tensor& upstream, int64_t chunks);

}  // namespace weight_search
