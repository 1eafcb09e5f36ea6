// Sums over the images of a batch that come out in the same bits however many threads compute them, and whether one process
// has the whole batch or each of `parts` processes has its part.
//
// Part p of a batch of n is the images floor(p n / parts) ... floor((p + 1) n / parts) - 1, as in src/distributed/share.ts, and
// is cut into slices by the number and size of its own images alone. A slice is computed by one thread; a part is the float32 sum of its
// slices, in order, the whole that of its parts: what adding up the parts of several processes gives.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <vector>

namespace weight_search {

// The parts a batch really has: not more than images, but one at least. Throws where not 1 to 1024 are asked for.
int64_t partsOf(int64_t batch, int64_t parts);

// The first image of a part; of part `parts`, the end of the batch.
inline int64_t partStart(int64_t batch, int64_t parts, int64_t part) { return part * batch / parts; }

struct Slice {
  int64_t part, first, count;  // images
};

// In order, of about `minImages` or more where there are several in a part. A batch of no images is one slice of none.
std::vector<Slice> slicesOf(int64_t batch, int64_t parts, int64_t minImages);

// Calls body(index, slice) for each, on LibTorch's threads. Each sees one thread, records nothing for autograd and does not
// appear in a profile by itself.
void forSlices(const std::vector<Slice>& slices, const std::function<void(size_t, const Slice&)>& body);

// The sum of a dense float32 tensor for each slice. Overwrites them.
at::Tensor sumOfSlices(const std::vector<Slice>& slices, const std::vector<at::Tensor>& terms);

struct Unit {
  int64_t first, count;
};

// Elements or rows in units of parallel work, those of one part after those of another.
struct Units {
  std::vector<Unit> all;
  std::vector<size_t> ends;  // of each part, in `all`
};

// Units of at most maxUnit each, of a batch that has `perImage` of them in an image.
Units unitsOf(int64_t batch, int64_t parts, int64_t perImage, int64_t maxUnit);

}  // namespace weight_search
