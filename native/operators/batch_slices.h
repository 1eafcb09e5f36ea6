// Sums over the images of a batch that come out in the same bits however many threads compute them, and whether one process
// has the whole batch or each of `chunks` processes has its chunk.
//
// Chunk p of a batch of n is the images floor(p n / chunks) ... floor((p + 1) n / chunks) - 1, as in src/distributed/share.ts, and
// is cut into slices by the number and size of its own images alone. A slice is computed by one thread; a chunk is the float32 sum of its
// slices, in order, the whole that of its chunks: what adding up the chunks of several processes gives.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <vector>

namespace weight_search {

// The chunks a batch really has: not more than images, but one at least. Throws where not 1 to 1024 are asked for.
int64_t chunksOf(int64_t batch, int64_t chunks);

// The first image of a chunk; of chunk `chunks`, the end of the batch.
inline int64_t chunkStart(int64_t batch, int64_t chunks, int64_t chunk) { return chunk * batch / chunks; }

struct Slice {
  int64_t chunk, first, count;  // images
};

// In order, of about `minImages` or more where there are several in a chunk. A batch of no images is one slice of none.
std::vector<Slice> slicesOf(int64_t batch, int64_t chunks, int64_t minImages);

// Calls body(index, slice) for each, on LibTorch's threads. Each sees one thread, records nothing for autograd and does not
// appear in a profile by itself.
void forSlices(const std::vector<Slice>& slices, const std::function<void(size_t, const Slice&)>& body);

// The sum of a dense float32 tensor for each slice. Overwrites them.
at::Tensor sumOfSlices(const std::vector<Slice>& slices, const std::vector<at::Tensor>& terms);

struct Unit {
  int64_t first, count;
};

// Elements or rows in units of parallel work, those of one chunk after those of another.
struct Units {
  std::vector<Unit> all;
  std::vector<size_t> ends;  // of each chunk, in `all`
};

// Units of at most maxUnit each, of a batch that has `perImage` of them in an image.
Units unitsOf(int64_t batch, int64_t chunks, int64_t perImage, int64_t maxUnit);

}  // namespace weight_search
