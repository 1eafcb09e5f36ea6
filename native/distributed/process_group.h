// The processes of a run, on c10d: a store at the first one's address, over which they find each other and leave short
// messages, and two groups of connections. Short sums that a step waits for (batch statistics, losses) go over one, gradients
// over the other, so that the short ones never queue behind the long ones.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/util/intrusive_ptr.h>
#include <torch/csrc/distributed/c10d/Store.hpp>
#include <torch/version.h>
#if TORCH_VERSION_MAJOR >= 2
#include <torch/csrc/distributed/c10d/Backend.hpp>
#else
#include <torch/csrc/distributed/c10d/ProcessGroup.hpp>
#endif

#include <chrono>
#include <memory>
#include <string>
#include <unordered_map>

namespace weight_search {

#if TORCH_VERSION_MAJOR >= 2
using Backend = c10d::Backend;
#else
using Backend = c10d::ProcessGroup;
#endif
using Work = c10::intrusive_ptr<c10d::Work>;

struct GroupOptions {
  int rank = 0, size = 1;
  // Where the store is, and whether this process keeps it.
  std::string host;
  uint16_t port = 0;
  bool hostsStore = false;
  // Stands before every key: restarted processes find nothing that the ones before them left in a store that stayed.
  std::string prefix;
  std::chrono::milliseconds timeout{0};
};

// Every failure is a CommunicationError.
class ProcessGroup {
 public:
  // Opens the store; waits for it until the timeout.
  explicit ProcessGroup(GroupOptions options);

  // Connects every process with every other one; to be called by all.
  void connect();
  // The same for gradients, over NCCL or Gloo.
  void connectGradients(bool nccl);

  // The sum over all processes, in place. Every process calls for the same tensors in the same order.
  Work startSum(const at::Tensor& tensor);
  Work startGradientSum(const at::Tensor& tensor);
  void sum(const at::Tensor& tensor) { wait(startSum(tensor)); }
  // The first process's elements, everywhere.
  void broadcast(const at::Tensor& tensor);
  static void wait(const Work& work);

  // Sums under way, by numbers for JavaScript.
  int64_t keep(Work work);
  void finish(int64_t number);

  void set(const std::string& key, const std::string& text);
  // Empty and false when nobody sets the key in time.
  bool get(const std::string& key, std::chrono::milliseconds timeout, std::string& text);
  int64_t add(const std::string& key, int64_t amount);

 private:
  c10::intrusive_ptr<Backend> newGloo(const std::string& name);
  Backend& connected(const c10::intrusive_ptr<Backend>& backend) const;

  GroupOptions options_;
  // Where this process is reached by the others.
  std::string address_;
  c10::intrusive_ptr<c10d::Store> store_;
  c10::intrusive_ptr<Backend> control_, gradients_;
  std::unordered_map<int64_t, Work> pending_;
  int64_t lastPending_ = 0;
};

// The group of this number; operators name groups so. Throws when there is none.
std::shared_ptr<ProcessGroup> processGroup(int64_t number);

}  // namespace weight_search
