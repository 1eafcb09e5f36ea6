// Gradients summed over all processes while the rest of the backward pass still computes.
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/csrc/autograd/function.h>

#include <atomic>
#include <memory>
#include <vector>

#include "distributed/process_group.h"

namespace weight_search {

// Leaves of one type and device in buckets, the last ones in the network first, since their gradients come first. As soon as all
// gradients of a bucket are there its sum begins. Buckets are sent in one order, so all processes send the same.
class GradientReduction {
 public:
  // When a bucket's sum began and ended, milliseconds after `begin`.
  struct Span {
    int64_t bytes;
    double started, finished;
  };
  struct Timeline {
    std::vector<Span> spans;
    // When the backward pass was over, and when the last sum was.
    double backwardEnd, end;
  };

  GradientReduction(std::shared_ptr<ProcessGroup> group, std::vector<at::Tensor> leaves, int64_t bucketBytes);
  ~GradientReduction();
  GradientReduction(const GradientReduction&) = delete;
  GradientReduction& operator=(const GradientReduction&) = delete;

  // To be called before a backward pass whose gradients are to be summed.
  void begin();
  // Waits for all sums, after the backward pass; a leaf that got no gradient counts as zero. The leaves' gradients are the sums then.
  Timeline finish();

 private:
  struct Bucket;
  struct Leaf {
    at::Tensor tensor, view;
    size_t bucket;
    bool isReady = false;
    // Kept, since it forgets its hooks with its last owner.
    std::shared_ptr<torch::autograd::Node> accumulator;
    uintptr_t hook = 0;
  };
  struct Bucket {
    at::Tensor sums;
    std::vector<size_t> leaves;
    size_t missing = 0;
    Work work;
    double started = 0;
    // Written by the thread that ends the sum, which may outlive this object after an error.
    std::shared_ptr<std::atomic<double>> finished;
  };

  size_t firstLeaves() const;
  void makeBuckets(int64_t bucketBytes);
  void onGradient(size_t leaf);
  void launchReady();
  double now() const;

  std::shared_ptr<ProcessGroup> group_;
  std::vector<Leaf> leaves_;
  std::vector<Bucket> buckets_;
  size_t nextBucket_ = 0;
  bool isOpen_ = false;
  std::chrono::steady_clock::time_point begun_;

  friend class GradientHook;
};

}  // namespace weight_search
