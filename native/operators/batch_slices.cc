#include "operators/batch_slices.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/record_function.h>
#include <omp.h>

namespace weight_search {

namespace {

// So that eight threads have work with two chunks.
constexpr int64_t kSlicesOfChunk = 4;
constexpr int64_t kMaxChunks = 1024;

// Inside a parallel region LibTorch's libraries still plan for all threads. Ends with the region.
class OneThread {
 public:
  OneThread() {
    // A thread that never asked takes over LibTorch's number when it first does.
    before_ = at::get_num_threads();
    omp_set_num_threads(1);
    // Where LibTorch brings an OpenMP of its own, that one has to be told as well.
    isOther_ = at::get_num_threads() != 1;
    if (isOther_) at::set_num_threads(1);
  }
  ~OneThread() {
    if (isOther_) at::set_num_threads(before_);
  }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int before_;
  bool isOther_;
};

}  // namespace

int64_t chunksOf(int64_t batch, int64_t chunks) {
  TORCH_CHECK(chunks >= 1 && chunks <= kMaxChunks, "chunks must be 1 to ", kMaxChunks, ", not ", chunks);
  return std::max<int64_t>(1, std::min(chunks, batch));
}

std::vector<Slice> slicesOf(int64_t batch, int64_t chunksIn, int64_t minImages) {
  const int64_t chunks = chunksOf(batch, chunksIn);
  std::vector<Slice> slices;
  for (int64_t chunk = 0; chunk < chunks; ++chunk) {
    const int64_t start = chunkStart(batch, chunks, chunk), images = chunkStart(batch, chunks, chunk + 1) - start;
    const int64_t count = std::clamp<int64_t>(images / minImages, 1, kSlicesOfChunk);
    for (int64_t n = 0; n < count; ++n) {
      const int64_t first = images * n / count;
      slices.push_back({chunk, start + first, images * (n + 1) / count - first});
    }
  }
  return slices;
}

void forSlices(const std::vector<Slice>& slices, const std::function<void(size_t, const Slice&)>& body) {
  const auto count = static_cast<int64_t>(slices.size());
  // One alone would not run in a parallel region, but as if it had all threads.
  at::parallel_for(0, std::max<int64_t>(count, 2), 1, [&](int64_t begin, int64_t end) {
    const OneThread one;
    const at::AutoDispatchBelowADInplaceOrView below;
    const at::DisableRecordFunctionGuard unseen;
    for (int64_t n = begin; n < std::min(end, count); ++n) body(static_cast<size_t>(n), slices[static_cast<size_t>(n)]);
  });
}

at::Tensor sumOfSlices(const std::vector<Slice>& slices, const std::vector<at::Tensor>& terms) {
  size_t start = 0;
  for (size_t n = 1; n <= slices.size(); ++n) {
    if (n < slices.size() && slices[n].chunk == slices[start].chunk) {
      terms[start].add_(terms[n]);
      continue;
    }
    if (start > 0) terms[0].add_(terms[start]);
    start = n;
  }
  return terms[0];
}

Units unitsOf(int64_t batch, int64_t chunksIn, int64_t perImage, int64_t maxUnit) {
  const int64_t chunks = chunksOf(batch, chunksIn);
  Units units;
  for (int64_t chunk = 0; chunk < chunks; ++chunk) {
    const int64_t end = chunkStart(batch, chunks, chunk + 1) * perImage;
    for (int64_t first = chunkStart(batch, chunks, chunk) * perImage; first < end; first += maxUnit) {
      units.all.push_back({first, std::min(maxUnit, end - first)});
    }
    units.ends.push_back(units.all.size());
  }
  return units;
}

}  // namespace weight_search
