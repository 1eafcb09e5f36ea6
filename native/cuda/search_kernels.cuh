// The search operator's kernels for CUDA. A thread works one weight out, with the arithmetic of the CPU's kernels
// (search_kernels.inl), whose results it gives but for roundings. The equations are in search_operators.cc.
//
// The logits of a block's weights lie together. Where the K logits of one weight are 8 or 16 bytes and aligned so, its
// thread moves them as one vector. Otherwise the block copies them through shared memory, neighbouring threads neighbouring
// elements; there the rows of two weights are an odd number of elements apart, so that threads meet in no bank.
#pragma once

#include <cmath>
#include <cstdint>

#include "cuda/search_kernels.h"
#include "kernels/philox.h"

namespace weight_search {
namespace gpu {

#include "kernels/search_math.inl"

// How weights are drawn; K is the number of values where that is known when compiling, else 0.
template <typename T, int K>
struct DeviceDraw {
  const T* logits;  // [count, valueCount]
  int64_t count;
  int valueCount;
  T temperature;
  T noiseScale;
  uint64_t seed;
  uint64_t step;
  T values[K ? K : kMaxValues];
};

template <typename T>
struct DeviceSgd {
  T learningRate;
  T momentum;
  T weightDecay;
};

// The logits of one weight, for one load or store.
template <typename T, int K>
struct alignas(K * sizeof(T)) Vector {
  T x[K];
};

template <typename T>
__device__ T* sharedMemory() {
  extern __shared__ __align__(16) unsigned char sharedBytes[];
  return reinterpret_cast<T*>(sharedBytes);
}

// Elements between the rows of two weights in shared memory.
template <typename T, int K>
__device__ int rowStride(const DeviceDraw<T, K>& draw) {
  return (K ? K : draw.valueCount) | 1;
}

// The weights first … first + count - 1 of this block; `mine` is this thread's, if there is one.
struct Block {
  int64_t first;
  int count;
  bool hasWeight;
  int64_t mine;
};

template <typename T, int K>
__device__ Block thisBlock(const DeviceDraw<T, K>& draw) {
  Block block;
  block.first = static_cast<int64_t>(blockIdx.x) * blockDim.x;
  const int64_t left = draw.count - block.first;
  block.count = left < static_cast<int64_t>(blockDim.x) ? static_cast<int>(left) : static_cast<int>(blockDim.x);
  block.hasWeight = static_cast<int>(threadIdx.x) < block.count;
  block.mine = block.first + threadIdx.x;
  return block;
}

// Calls visit(element in shared memory, element in global memory) for all elements of the block's rows.
template <typename T, int K, typename Visit>
__device__ void forElements(const DeviceDraw<T, K>& draw, const Block& block, Visit visit) {
  const int valueCount = K ? K : draw.valueCount, stride = rowStride(draw);
  const int64_t begin = block.first * valueCount;
  for (int n = threadIdx.x; n < block.count * valueCount; n += blockDim.x) {
    visit(n / valueCount * stride + n % valueCount, begin + n);
  }
}

// A weight's logits while they are worked on: in registers where their number is known, else where they are in shared
// memory. `take` and `give` copy between the two.
template <typename T, int K>
struct Row {
  __device__ T* take(const T* shared) {
#pragma unroll
    for (int k = 0; k < K; ++k) x[k] = shared[k];
    return x;
  }
  __device__ void give(T* shared) const {
#pragma unroll
    for (int k = 0; k < K; ++k) shared[k] = x[k];
  }
  T x[K];
};
template <typename T>
struct Row<T, 0> {
  __device__ T* take(T* shared) { return shared; }
  __device__ void give(T*) const {}
};

// Adds noiseScale * Gumbel(0, 1). Weight i's words 4j … 4j+3 are Philox at the counter (i, j, step).
template <typename T, int K>
__device__ void addNoise(const DeviceDraw<T, K>& draw, int64_t weight, T* row) {
  const int valueCount = K ? K : draw.valueCount;
  const auto index = static_cast<uint64_t>(weight);
#pragma unroll
  for (int j = 0; j * 4 < valueCount; ++j) {
    const Words words = philox({{static_cast<uint32_t>(index), static_cast<uint32_t>((index >> 32) | (static_cast<uint64_t>(j) << 16)),
                                 static_cast<uint32_t>(draw.step), static_cast<uint32_t>(draw.step >> 32)}},
                               static_cast<uint32_t>(draw.seed), static_cast<uint32_t>(draw.seed >> 32));
#pragma unroll
    for (int c = 0; c < 4; ++c) {
      if (j * 4 + c < valueCount) {
        T u;
        uniform(words.w[c], u);
        row[j * 4 + c] += draw.noiseScale * -logarithm(-logarithm(u));
      }
    }
  }
}

// row: perturbed logits in, p = softmax(row / t) out; returns sum_k p_k v_k. Infinite logits as on the CPU.
template <typename T, int K>
__device__ T softmax(const DeviceDraw<T, K>& draw, T* row) {
  const int valueCount = K ? K : draw.valueCount;
  const T inverseTemperature = T(1) / draw.temperature;
  T greatest = row[0], sum = 0, mean = 0;
#pragma unroll
  for (int k = 1; k < valueCount; ++k) greatest = row[k] > greatest ? row[k] : greatest;
#pragma unroll
  for (int k = 0; k < valueCount; ++k) {
    const T x = row[k], difference = (x - greatest) * inverseTemperature;
    const T e = exponential(x == greatest ? T(0) : difference);
    row[k] = e;
    sum += e;
    mean += e * draw.values[k];
  }
  const T inverse = T(1) / sum;
#pragma unroll
  for (int k = 0; k < valueCount; ++k) row[k] *= inverse;
  return mean * inverse;
}

// row: perturbed logits in, dL/dlogits out.
template <typename T, int K>
__device__ void gradient(const DeviceDraw<T, K>& draw, T weightGradient, T* row) {
  const int valueCount = K ? K : draw.valueCount;
  const T mean = softmax(draw, row), scaled = weightGradient / draw.temperature;
#pragma unroll
  for (int k = 0; k < valueCount; ++k) row[k] *= (draw.values[k] - mean) * scaled;
}

// The first of the greatest perturbed logits wins. A NaN logit gives a NaN weight: it must not pass for a result.
template <typename T, int K>
__device__ T best(const DeviceDraw<T, K>& draw, const T* row) {
  const int valueCount = K ? K : draw.valueCount;
  T greatest = row[0], weight = draw.values[0], poison = greatest != greatest ? greatest : T(0);
#pragma unroll
  for (int k = 1; k < valueCount; ++k) {
    const T x = row[k];
    const bool wins = x > greatest;
    greatest = wins ? x : greatest;
    weight = wins ? draw.values[k] : weight;
    poison = x != x ? x : poison;
  }
  return poison != poison ? poison : weight;
}

template <typename T>
__device__ void update(const DeviceSgd<T>& sgd, T gradient, T& logit, T& momentum) {
  momentum = sgd.momentum * momentum + (gradient + sgd.weightDecay * logit);
  logit -= sgd.learningRate * momentum;
}

// Copies the block's logits to shared memory and gives this thread its own.
template <typename T, int K>
__device__ T* stage(const DeviceDraw<T, K>& draw, const Block& block, Row<T, K>& row, T* tile) {
  forElements(draw, block, [&](int shared, int64_t global) { tile[shared] = draw.logits[global]; });
  __syncthreads();
  return row.take(tile + static_cast<int>(threadIdx.x) * rowStride(draw));
}

template <typename T, int K, bool kVectors>
__global__ void sampleKernel(const DeviceDraw<T, K> draw, bool hard, T* weights) {
  const Block block = thisBlock(draw);
  const auto finish = [&](T* row) {
    if (draw.noiseScale != 0) addNoise(draw, block.mine, row);
    weights[block.mine] = hard ? best(draw, row) : softmax(draw, row);
  };
  if constexpr (kVectors) {
    if (!block.hasWeight) return;
    auto row = reinterpret_cast<const Vector<T, K>*>(draw.logits)[block.mine];
    finish(row.x);
  } else {
    Row<T, K> row;
    T* logits = stage(draw, block, row, sharedMemory<T>());
    if (block.hasWeight) finish(logits);
  }
}

template <typename T, int K, bool kVectors>
__global__ void backwardKernel(const DeviceDraw<T, K> draw, const T* weightGradients, T* logitGradients) {
  const Block block = thisBlock(draw);
  const auto finish = [&](T* row) {
    if (draw.noiseScale != 0) addNoise(draw, block.mine, row);
    gradient(draw, weightGradients[block.mine], row);
  };
  if constexpr (kVectors) {
    if (!block.hasWeight) return;
    auto row = reinterpret_cast<const Vector<T, K>*>(draw.logits)[block.mine];
    finish(row.x);
    reinterpret_cast<Vector<T, K>*>(logitGradients)[block.mine] = row;
  } else {
    Row<T, K> row;
    T* tile = sharedMemory<T>();
    T* logits = stage(draw, block, row, tile);
    if (block.hasWeight) {
      finish(logits);
      row.give(tile + static_cast<int>(threadIdx.x) * rowStride(draw));
    }
    __syncthreads();
    forElements(draw, block, [&](int shared, int64_t global) { logitGradients[global] = tile[shared]; });
  }
}

// logits is draw.logits, to be written. Where hardWeights is not null, it gets the values of the greatest of
// the updated logits.
template <typename T, int K, bool kVectors>
__global__ void sgdKernel(const DeviceDraw<T, K> draw, DeviceSgd<T> sgd, const T* weightGradients, T* logits, T* momenta,
                          T* hardWeights) {
  const Block block = thisBlock(draw);
  const auto gradientOf = [&](T* row) {
    if (draw.noiseScale != 0) addNoise(draw, block.mine, row);
    gradient(draw, weightGradients[block.mine], row);
  };
  if constexpr (kVectors) {
    if (!block.hasWeight) return;
    auto a = reinterpret_cast<Vector<T, K>*>(logits)[block.mine];
    auto m = reinterpret_cast<Vector<T, K>*>(momenta)[block.mine];
    auto row = a;
    gradientOf(row.x);
#pragma unroll
    for (int k = 0; k < K; ++k) update(sgd, row.x[k], a.x[k], m.x[k]);
    reinterpret_cast<Vector<T, K>*>(logits)[block.mine] = a;
    reinterpret_cast<Vector<T, K>*>(momenta)[block.mine] = m;
    if (hardWeights != nullptr) hardWeights[block.mine] = best(draw, a.x);
  } else {
    Row<T, K> row;
    T* tile = sharedMemory<T>();
    T* mine = tile + static_cast<int>(threadIdx.x) * rowStride(draw);
    T* gradients = stage(draw, block, row, tile);
    if (block.hasWeight) {
      gradientOf(gradients);
      row.give(mine);
    }
    __syncthreads();
    // The logits are read once more rather than kept: the cache has them still.
    forElements(draw, block, [&](int shared, int64_t global) {
      T a = logits[global], m = momenta[global];
      update(sgd, tile[shared], a, m);
      logits[global] = tile[shared] = a;
      momenta[global] = m;
    });
    if (hardWeights == nullptr) return;
    __syncthreads();
    if (block.hasWeight) hardWeights[block.mine] = best(draw, row.take(mine));
  }
}

}  // namespace gpu
}  // namespace weight_search
