#include "distributed/process_group.h"

#include <torch/csrc/autograd/variable.h>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#ifdef HAVE_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif

#include <cstdlib>
#include <stdexcept>

#include "bridge/addon.h"
#include "distributed/local_address.h"
#include "distributed/open_store.h"
#include "operators/group_sum.h"

namespace weight_search {

namespace {

CommunicationError communicationError(const std::exception& error) {
  const bool addressInUse = codeOf(error) == ErrorCode::kAddressInUse;
  return {addressInUse ? ErrorCode::kAddressInUse : ErrorCode::kCommunication, messageOf(error)};
}

template <typename Body>
auto communicating(Body body) {
  try {
    return body();
  } catch (const std::exception& error) {
    throw communicationError(error);
  }
}

// Gloo's own default, the address of the machine's name, is often one that no other machine can reach.
std::shared_ptr<::gloo::transport::Device> device(const std::string& address) {
  const char* interface = std::getenv("GLOO_SOCKET_IFNAME");
  if (interface != nullptr && *interface != '\0') return c10d::ProcessGroupGloo::createDeviceForInterface(interface);
  if (!address.empty()) return c10d::ProcessGroupGloo::createDeviceForHostname(address);
  return c10d::ProcessGroupGloo::createDefaultDevice();
}

}  // namespace

ProcessGroup::ProcessGroup(GroupOptions options) : options_(std::move(options)) {
  communicating([&] { store_ = openStore(options_); });
  address_ = localAddressTowards(options_.host, options_.port);
}

c10::intrusive_ptr<Backend> ProcessGroup::newGloo(const std::string& name) {
  auto options = c10d::ProcessGroupGloo::Options::create(options_.timeout);
  options->devices.push_back(device(address_));
  options->threads = 2;
  auto store = c10::make_intrusive<c10d::PrefixStore>(name, store_);
  return c10::make_intrusive<c10d::ProcessGroupGloo>(store, options_.rank, options_.size, options);
}

void ProcessGroup::connect() {
  communicating([&] { control_ = newGloo("control"); });
}

void ProcessGroup::connectGradients(bool nccl) {
  communicating([&] {
    if (!nccl) {
      gradients_ = newGloo("gradients");
      return;
    }
#ifdef HAVE_NCCL
    auto options = c10d::ProcessGroupNCCL::Options::create();
    options->timeout = options_.timeout;
    auto store = c10::make_intrusive<c10d::PrefixStore>("gradients", store_);
    gradients_ = c10::make_intrusive<c10d::ProcessGroupNCCL>(store, options_.rank, options_.size, options);
#else
    throw std::runtime_error("this addon was built without NCCL");
#endif
  });
}

Backend& ProcessGroup::connected(const c10::intrusive_ptr<Backend>& backend) const {
  if (!backend) throw std::runtime_error("the processes are not connected yet");
  return *backend;
}

Work ProcessGroup::startSum(const at::Tensor& tensor) {
  if (tensor.is_cuda()) return startGradientSum(tensor);
  return communicating([&] {
    std::vector<at::Tensor> tensors{tensor};
    return connected(control_).allreduce(tensors);
  });
}

Work ProcessGroup::startGradientSum(const at::Tensor& tensor) {
  return communicating([&] {
    std::vector<at::Tensor> tensors{tensor};
    return connected(gradients_).allreduce(tensors);
  });
}

void ProcessGroup::broadcast(const at::Tensor& tensor) {
  communicating([&] {
    // What goes over the wire is the memory as it lies.
    const at::Tensor whole = tensor.contiguous();
    std::vector<at::Tensor> tensors{whole};
    connected(tensor.is_cuda() ? gradients_ : control_).broadcast(tensors)->wait();
    if (!whole.is_same(tensor)) tensor.copy_(whole);
    // Written behind LibTorch's back: who looks at versions, as the search does, is to notice.
    torch::autograd::impl::bump_version(tensor);
  });
}

void ProcessGroup::wait(const Work& work) {
  communicating([&] { work->wait(); });
}

int64_t ProcessGroup::keep(Work work) {
  pending_.emplace(++lastPending_, std::move(work));
  return lastPending_;
}

void ProcessGroup::finish(int64_t number) {
  const auto found = pending_.find(number);
  if (found == pending_.end()) throw ArgumentError("no sum of number " + std::to_string(number) + " is under way");
  const Work work = found->second;
  pending_.erase(found);
  wait(work);
}

void ProcessGroup::set(const std::string& key, const std::string& text) {
  communicating([&] { store_->set(key, std::vector<uint8_t>(text.begin(), text.end())); });
}

bool ProcessGroup::get(const std::string& key, std::chrono::milliseconds timeout, std::string& text) {
  const auto end = std::chrono::steady_clock::now() + timeout;
  try {
    store_->wait({key}, timeout);
  } catch (const std::exception& error) {
    // A store says in words only that the time is up; one that is gone says so at once.
    if (std::chrono::steady_clock::now() >= end - std::chrono::milliseconds(5)) return false;
    throw communicationError(error);
  }
  const std::vector<uint8_t> bytes = communicating([&] { return store_->get(key); });
  text.assign(bytes.begin(), bytes.end());
  return true;
}

int64_t ProcessGroup::add(const std::string& key, int64_t amount) {
  return communicating([&] { return store_->add(key, amount); });
}

void sumOverGroup(int64_t group, const at::Tensor& tensor) {
  if (group != kAlone) processGroup(group)->sum(tensor);
}

}  // namespace weight_search
