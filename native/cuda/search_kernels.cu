// Launches of the search operator's kernels.
#include "cuda/search_kernels.h"

#include <climits>
#include <initializer_list>
#include <type_traits>

#include "cuda/search_kernels.cuh"
#include "kernels/sizes.h"

namespace weight_search {
namespace gpu {

namespace {

// Shared memory that a block may have without asking for more.
constexpr int64_t kSharedBytes = 48 * kKiB;

template <typename T, int K>
DeviceDraw<T, K> onDevice(const Draw<T>& draw, int64_t count) {
  DeviceDraw<T, K> copy{};
  copy.logits = draw.logits;
  copy.count = count;
  copy.valueCount = static_cast<int>(draw.valueCount);
  copy.temperature = draw.temperature;
  copy.noiseScale = draw.noiseScale;
  copy.seed = draw.seed;
  copy.step = draw.step;
  for (int64_t k = 0; k < draw.valueCount; ++k) copy.values[k] = draw.values[k];
  return copy;
}

// Calls launch(blocks, threads, bytes of shared memory) for all weights.
template <typename T, typename Launch>
cudaError_t inBlocks(int64_t count, int64_t valueCount, bool vectors, Launch launch) {
  if (count == 0) return cudaSuccess;
  const int64_t rowBytes = (valueCount | 1) * static_cast<int64_t>(sizeof(T));
  int64_t threads = 128;
  if (!vectors && threads * rowBytes > kSharedBytes) {
    threads = kSharedBytes / rowBytes;
    if (threads >= 32) threads -= threads % 32;
  }
  const int64_t blocks = divideUp(count, threads);
  if (blocks > INT_MAX) return cudaErrorInvalidConfiguration;
  launch(static_cast<unsigned>(blocks), static_cast<unsigned>(threads), vectors ? size_t{0} : static_cast<size_t>(threads * rowBytes));
  return cudaGetLastError();
}

// Calls launch(std::true_type) where a weight's logits are one vector and the arrays lie so that it can be moved at once, else
// launch(std::false_type).
template <typename T, int K, typename Launch>
cudaError_t byKind(std::initializer_list<const void*> arrays, Launch launch) {
  constexpr size_t bytes = K * sizeof(T);
  if constexpr (bytes == 8 || bytes == 16) {
    bool aligned = true;
    for (const void* array : arrays) aligned = aligned && reinterpret_cast<uintptr_t>(array) % bytes == 0;
    if (aligned) return launch(std::true_type());
  }
  (void)arrays;
  return launch(std::false_type());
}

template <typename T, int K>
cudaError_t sample(const Draw<T>& draw, bool hard, T* weights, int64_t count, cudaStream_t stream) {
  return byKind<T, K>({draw.logits}, [&](auto vectors) {
    return inBlocks<T>(count, draw.valueCount, vectors, [&](unsigned blocks, unsigned threads, size_t shared) {
      sampleKernel<T, K, decltype(vectors)::value><<<blocks, threads, shared, stream>>>(onDevice<T, K>(draw, count), hard, weights);
    });
  });
}

template <typename T, int K>
cudaError_t backward(const Draw<T>& draw, const T* weightGradients, T* logitGradients, int64_t count, cudaStream_t stream) {
  return byKind<T, K>({draw.logits, logitGradients}, [&](auto vectors) {
    return inBlocks<T>(count, draw.valueCount, vectors, [&](unsigned blocks, unsigned threads, size_t shared) {
      backwardKernel<T, K, decltype(vectors)::value>
          <<<blocks, threads, shared, stream>>>(onDevice<T, K>(draw, count), weightGradients, logitGradients);
    });
  });
}

template <typename T, int K>
cudaError_t sgd(const Draw<T>& draw, const SgdStep<T>& step, const T* weightGradients, T* logits, T* momenta, T* hardWeights,
                int64_t count, cudaStream_t stream) {
  const DeviceSgd<T> settings = {step.learningRate, step.momentum, step.weightDecay};
  return byKind<T, K>({logits, momenta}, [&](auto vectors) {
    return inBlocks<T>(count, draw.valueCount, vectors, [&](unsigned blocks, unsigned threads, size_t shared) {
      sgdKernel<T, K, decltype(vectors)::value>
          <<<blocks, threads, shared, stream>>>(onDevice<T, K>(draw, count), settings, weightGradients, logits, momenta, hardWeights);
    });
  });
}

}  // namespace

// Calls the instance for K = draw.valueCount.
#define FOR_VALUE_COUNT(FUNCTION, ...)          \
  switch (draw.valueCount) {                    \
    case 2: return FUNCTION<T, 2>(__VA_ARGS__);   \
    case 3: return FUNCTION<T, 3>(__VA_ARGS__);   \
    case 4: return FUNCTION<T, 4>(__VA_ARGS__);   \
    case 8: return FUNCTION<T, 8>(__VA_ARGS__);   \
    case 16: return FUNCTION<T, 16>(__VA_ARGS__); \
    default: return FUNCTION<T, 0>(__VA_ARGS__);  \
  }

template <typename T>
cudaError_t launchSample(const Draw<T>& draw, bool hard, T* weights, int64_t count, cudaStream_t stream) {
  FOR_VALUE_COUNT(sample, draw, hard, weights, count, stream)
}

template <typename T>
cudaError_t launchBackward(const Draw<T>& draw, const T* weightGradients, T* logitGradients, int64_t count, cudaStream_t stream) {
  FOR_VALUE_COUNT(backward, draw, weightGradients, logitGradients, count, stream)
}

template <typename T>
cudaError_t launchSgd(const Draw<T>& draw, const SgdStep<T>& step, const T* weightGradients, T* logits, T* momenta, T* hardWeights,
                      int64_t count, cudaStream_t stream) {
  FOR_VALUE_COUNT(sgd, draw, step, weightGradients, logits, momenta, hardWeights, count, stream)
}

#undef FOR_VALUE_COUNT

#define INSTANTIATE(T)                                                                                                        \
  template cudaError_t launchSample<T>(const Draw<T>&, bool, T*, int64_t, cudaStream_t);                                      \
  template cudaError_t launchBackward<T>(const Draw<T>&, const T*, T*, int64_t, cudaStream_t);                                \
  template cudaError_t launchSgd<T>(const Draw<T>&, const SgdStep<T>&, const T*, T*, T*, T*, int64_t, cudaStream_t);

INSTANTIATE(float)
INSTANTIATE(double)

}  // namespace gpu
}  // namespace weight_search
