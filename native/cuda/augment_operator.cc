// weight_search::crop_flip_normalize for CUDA, see augment_operator.cc of the folder above: the same crops, the same numbers.
#include <ATen/ATen.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <torch/library.h>

#include <algorithm>

#include "cuda/augment_kernel.h"

namespace weight_search {

namespace {

using at::Tensor;

// Indices on the CPU are checked and sent through pinned memory; those on the device are taken as they are, see the kernel.
Tensor indicesFor(const Tensor& images, const Tensor& indices) {
  if (indices.device() == images.device()) return indices.contiguous();
  TORCH_CHECK(indices.is_cpu(), "indices must be on the CPU or with the images on ", images.device(), ", not on ", indices.device());
  const Tensor onHost = indices.contiguous();
  const int64_t count = images.size(0);
  const int64_t* index = onHost.data_ptr<int64_t>();
  for (int64_t b = 0; b < onHost.size(0); ++b) {
    TORCH_CHECK(index[b] >= 0 && index[b] < count, "index ", index[b], " is not in 0 … ", count - 1);
  }
  return onHost.pin_memory().to(images.device(), at::kLong, /*non_blocking=*/true);
}

Tensor cropFlipNormalize(const Tensor& imagesIn, const Tensor& indicesIn, at::ArrayRef<double> mean, at::ArrayRef<double> deviation,
                         int64_t padding, bool flip, int64_t seed, int64_t epoch) {
  TORCH_CHECK(imagesIn.scalar_type() == at::kByte && imagesIn.dim() == 4, "images must be uint8 [N, C, H, W]");
  TORCH_CHECK(imagesIn.is_cuda(), "images must be on the device of the indices, ", indicesIn.device());
  TORCH_CHECK(indicesIn.scalar_type() == at::kLong && indicesIn.dim() == 1, "indices must be int64 [B]");
  TORCH_CHECK(padding >= 0, "padding must be >= 0, not ", padding);
  const c10::cuda::CUDAGuard guard(imagesIn.device());
  const Tensor images = imagesIn.contiguous(), indices = indicesFor(images, indicesIn);
  gpu::Augmentation options{};
  options.count = images.size(0);
  options.channels = images.size(1);
  options.height = images.size(2);
  options.width = images.size(3);
  options.padding = padding;
  options.seed = static_cast<uint64_t>(seed);
  options.epoch = static_cast<uint64_t>(epoch);
  options.flip = flip;
  const auto channels = static_cast<size_t>(options.channels);
  TORCH_CHECK(channels <= gpu::kMaxChannels, "images on CUDA have at most ", gpu::kMaxChannels, " channels, not ", channels);
  TORCH_CHECK(mean.size() == channels && deviation.size() == channels, "mean and std need ", channels, " numbers each");
  std::copy(mean.begin(), mean.end(), options.mean);
  std::copy(deviation.begin(), deviation.end(), options.deviation);
  const int64_t batch = indices.size(0);
  Tensor out = at::empty({batch, options.channels, options.height, options.width},
                         images.options().dtype(at::kFloat).memory_format(at::MemoryFormat::ChannelsLast));
  const cudaError_t status = gpu::launchAugment(options, images.data_ptr<uint8_t>(), indices.data_ptr<int64_t>(), batch,
                                                out.data_ptr<float>(), c10::cuda::getCurrentCUDAStream().stream());
  C10_CUDA_CHECK(status);
  return out;
}

}  // namespace

TORCH_LIBRARY_IMPL(weight_search, CUDA, library) { library.impl("crop_flip_normalize", cropFlipNormalize); }

}  // namespace weight_search
