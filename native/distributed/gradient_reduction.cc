#include "distributed/gradient_reduction.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/function_hook.h>
#include <torch/csrc/autograd/variable.h>

namespace weight_search {

using torch::autograd::variable_list;

namespace {
constexpr int64_t kShareOfLast = 16;
}  // namespace

// Runs when a leaf's gradient has been accumulated.
class GradientHook : public torch::autograd::FunctionPostHook {
 public:
  GradientHook(GradientReduction& owner, size_t leaf) : owner_(owner), leaf_(leaf) {}
  variable_list operator()(const variable_list& outputs, const variable_list&) override {
    owner_.onGradient(leaf_);
    return outputs;
  }

 private:
  GradientReduction& owner_;
  size_t leaf_;
};

GradientReduction::GradientReduction(std::shared_ptr<ProcessGroup> group, std::vector<at::Tensor> leaves, int64_t bucketBytes)
    : group_(std::move(group)) {
  TORCH_CHECK(!leaves.empty(), "expected tensors to reduce the gradients of, found none");
  for (const at::Tensor& leaf : leaves) {
    TORCH_CHECK(leaf.is_leaf() && leaf.requires_grad(), "expected leaves that require a gradient, found ", leaf.sizes(),
                leaf.is_leaf() ? " that does not" : " that is computed");
    TORCH_CHECK(leaf.options().type_equal(leaves.front().options()) && leaf.device() == leaves.front().device(),
                "expected leaves of one type on one device, found ", leaf.toString(), " and ", leaves.front().toString());
    leaves_.push_back({leaf, {}, 0, false, torch::autograd::impl::grad_accumulator(leaf), 0});
  }
  makeBuckets(bucketBytes);
  for (size_t i = 0; i < leaves_.size(); ++i) {
    leaves_[i].hook = leaves_[i].accumulator->add_post_hook(std::make_unique<GradientHook>(*this, i));
  }
}

GradientReduction::~GradientReduction() {
  for (const Leaf& leaf : leaves_) leaf.accumulator->del_post_hook(leaf.hook);
}

// The last bucket is summed when the backward pass is over, so that all wait for it: it has but the first layers' share.
size_t GradientReduction::firstLeaves() const {
  int64_t all = 0, first = 0;
  for (const Leaf& leaf : leaves_) all += leaf.tensor.numel();
  size_t count = 0;
  while (count < leaves_.size() && first + leaves_[count].tensor.numel() <= all / kShareOfLast) first += leaves_[count++].tensor.numel();
  return count;
}

void GradientReduction::makeBuckets(int64_t bucketBytes) {
  const size_t last = firstLeaves();
  std::vector<int64_t> sizes;
  for (size_t i = leaves_.size(); i-- > 0;) {
    const int64_t count = leaves_[i].tensor.numel(), bytes = count * static_cast<int64_t>(leaves_[i].tensor.element_size());
    const int64_t filled = buckets_.empty() ? 0 : sizes.back() * static_cast<int64_t>(leaves_[i].tensor.element_size());
    if (buckets_.empty() || filled + bytes > bucketBytes || i + 1 == last) {
      buckets_.emplace_back();
      sizes.push_back(0);
    }
    buckets_.back().leaves.push_back(i);
    leaves_[i].bucket = buckets_.size() - 1;
    sizes.back() += count;
  }
  for (size_t b = 0; b < buckets_.size(); ++b) {
    Bucket& bucket = buckets_[b];
    bucket.sums = at::zeros({sizes[b]}, leaves_.front().tensor.options().requires_grad(false));
    int64_t at = 0;
    for (const size_t i : bucket.leaves) {
      const at::Tensor& leaf = leaves_[i].tensor;
      leaves_[i].view = bucket.sums.narrow(0, at, leaf.numel()).view(leaf.sizes());
      at += leaf.numel();
    }
  }
}

double GradientReduction::now() const {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun_).count();
}

void GradientReduction::begin() {
  begun_ = std::chrono::steady_clock::now();
  nextBucket_ = 0;
  for (Leaf& leaf : leaves_) leaf.isReady = false;
  for (Bucket& bucket : buckets_) {
    bucket.missing = bucket.leaves.size();
    bucket.work = {};
    bucket.finished = std::make_shared<std::atomic<double>>(0);
  }
  isOpen_ = true;
}

void GradientReduction::onGradient(size_t index) {
  if (!isOpen_ || leaves_[index].isReady) return;
  const at::NoGradGuard noGrad;
  Leaf& leaf = leaves_[index];
  leaf.view.copy_(leaf.tensor.grad());
  leaf.isReady = true;
  buckets_[leaf.bucket].missing -= 1;
  launchReady();
}

void GradientReduction::launchReady() {
  for (; nextBucket_ < buckets_.size() && buckets_[nextBucket_].missing == 0; ++nextBucket_) {
    Bucket& bucket = buckets_[nextBucket_];
    bucket.started = now();
    bucket.work = group_->startGradientSum(bucket.sums);
    bucket.work->getFuture()->addCallback([finished = bucket.finished, begun = begun_](c10::ivalue::Future&) {
      *finished = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun).count();
    });
  }
}

GradientReduction::Timeline GradientReduction::finish() {
  TORCH_CHECK(isOpen_, "expected begin before finish");
  isOpen_ = false;
  const at::NoGradGuard noGrad;
  Timeline timeline{{}, now(), 0};
  for (Leaf& leaf : leaves_) {
    if (leaf.isReady) continue;
    leaf.view.zero_();
    buckets_[leaf.bucket].missing -= 1;
  }
  launchReady();
  for (const Bucket& bucket : buckets_) ProcessGroup::wait(bucket.work);
  for (const Leaf& leaf : leaves_) leaf.tensor.mutable_grad() = leaf.view;
  timeline.end = now();
  for (const Bucket& bucket : buckets_) {
    const double finished = *bucket.finished;
    timeline.spans.push_back({bucket.sums.numel() * static_cast<int64_t>(bucket.sums.element_size()), bucket.started,
                              finished > 0 ? finished : timeline.end});
  }
  return timeline;
}

}  // namespace weight_search
