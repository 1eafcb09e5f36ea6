// weight_search::sync_batch_norm: training-mode batch normalization over the images of a group of processes, for any layout and
// device, composed of LibTorch's operators; `batch_norm_relu` does the same fused where it can.
//   y = gamma (x - mu) / sqrt(var + eps) + beta;  mu, var: of all processes' images, by channel
//   dbeta = sum dy;  dgamma = sum dy xhat;  dx = gamma / sqrt(var + eps) (dy - S / M - xhat P / M)
// with S, P = sum dy and sum dy xhat over all processes and M their pixels; dgamma and dbeta are this process's share, to be summed
// with the other gradients. Ioffe and Szegedy, ICML 2015; the statistics of all devices: Peng et al., "MegDet", CVPR 2018.
#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "operators/group_sum.h"
#include "operators/plain.h"
#include "operators/sync_norm.h"

namespace weight_search {

namespace {

using at::Tensor;

// A tensor of [C] beside images [N, C, H, W].
Tensor byChannel(const Tensor& values, const Tensor& images) { return values.to(images.scalar_type()).view({1, -1, 1, 1}); }

// Half precision is too short to take statistics in.
Tensor wide(const Tensor& images) { return images.scalar_type() == at::kDouble ? images : images.to(at::kFloat); }

Tensor channelSum(const Tensor& images) { return images.sum({0, 2, 3}, false, at::kDouble); }

class SyncBatchNorm : public torch::autograd::Function<SyncBatchNorm> {
 public:
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& input, const Tensor& weight, const Tensor& bias,
                        const Tensor& runningMean, const Tensor& runningVar, double momentum, double epsilon, int64_t group) {
    const at::AutoDispatchBelowADInplaceOrView below;
    const Tensor x = wide(input);
    const int64_t channels = x.size(1);
    const double own = static_cast<double>(x.numel()) / static_cast<double>(channels);
    const Tensor ownMean = channelSum(x) / own, rounded = ownMean.to(x.scalar_type());
    // Squared differences from the rounded mean, put right to those from the mean itself.
    const Tensor squares = channelSum((x - byChannel(rounded, x)).square()) - own * (ownMean - rounded.to(at::kDouble)).square();
    const Tensor sums = at::cat({at::full({1}, own, ownMean.options()), own * ownMean, squares + own * ownMean.square()});
    sumOverGroup(group, sums);
    const double count = sums[0].item<double>();
    TORCH_CHECK(count > 1, "more than one value a channel is needed, not input ", input.sizes());
    const Tensor mean = sums.narrow(0, 1, channels) / count;
    const Tensor spread = (sums.narrow(0, 1 + channels, channels) - count * mean.square()).clamp_min(0);
    const Tensor inverseDeviation = (spread / count + epsilon).rsqrt();
    runningMean.mul_(1 - momentum).add_(mean.to(runningMean.scalar_type()), momentum);
    runningVar.mul_(1 - momentum).add_((spread / (count - 1)).to(runningVar.scalar_type()), momentum);
    bumpVersion(runningMean);
    bumpVersion(runningVar);
    context->save_for_backward({input, weight, mean, inverseDeviation});
    context->saved_data["group"] = group;
    context->saved_data["count"] = count;
    const Tensor y = (x - byChannel(mean, x)) * byChannel(inverseDeviation * weight, x) + byChannel(bias, x);
    return y.to(input.scalar_type());
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context, torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const Tensor &input = saved[0], &weight = saved[1], &mean = saved[2], &inverseDeviation = saved[3];
    const Tensor x = wide(input), centered = x - byChannel(mean, x), dy = wide(gradients[0]);
    const Tensor dbeta = channelSum(dy), dgamma = channelSum(dy * centered) * inverseDeviation;
    const Tensor totals = at::stack({dbeta, dgamma});
    sumOverGroup(context->saved_data["group"].toInt(), totals);
    const Tensor means = totals / context->saved_data["count"].toDouble();
    const Tensor dx = byChannel(inverseDeviation * weight, dy) *
                      (dy - byChannel(means[0], dy) - centered * byChannel(inverseDeviation * means[1], dy));
    return {dx.to(input.scalar_type()), dgamma.to(weight.scalar_type()), dbeta.to(weight.scalar_type()),
            Tensor(), Tensor(), Tensor(), Tensor(), Tensor()};
  }
};

}  // namespace

Tensor syncBatchNorm(const Tensor& input, const Tensor& weight, const Tensor& bias, const Tensor& runningMean, const Tensor& runningVar,
                     double momentum, double epsilon, int64_t group) {
  TORCH_CHECK(input.dim() == 4 && input.is_floating_point() && input.numel() > 0, "input must be floating-point [N, C, H, W], not ",
              input.toString(), " ", input.sizes());
  for (const Tensor& tensor : {weight, bias, runningMean, runningVar}) {
    TORCH_CHECK(tensor.dim() == 1 && tensor.size(0) == input.size(1) && tensor.is_floating_point(),
                "weight, bias, running_mean and running_var must be floating-point [", input.size(1), "]");
  }
  return SyncBatchNorm::apply(input, weight, bias, runningMean, runningVar, momentum, epsilon, group);
}

TORCH_LIBRARY_FRAGMENT(weight_search, library) {
  library.def(
      "sync_batch_norm(Tensor input, Tensor weight, Tensor bias, Tensor(a!) running_mean, Tensor(b!) running_var, float momentum, "
      "float eps, int group) -> Tensor");
}

TORCH_LIBRARY_IMPL(weight_search, CompositeImplicitAutograd, library) { library.impl("sync_batch_norm", syncBatchNorm); }

}  // namespace weight_search
