/**
 * A rank's share of a global batch, copied: positions ⌊rank · n / size⌋ … ⌊(rank + 1) · n / size⌋ − 1 of its n. Shares
 * differ by at most one image, are empty if there are more ranks than images, and concatenated give the batch in order.
 *
 * @param batch which images, `[n]`
 * @param rank 0 … size − 1
 * @param size number of processes
 * @throws RangeError if rank or size is invalid
 */
export function shareOf(batch: Int32Array, rank: number, size: number): Int32Array {
  if (!Number.isSafeInteger(size) || !Number.isInteger(rank) || rank < 0 || rank >= size) {
    throw new RangeError(`Expected a rank in 0 … size − 1, found ${rank} of ${size}`);
  }
  const start = (part: number) => Math.floor((part * batch.length) / size);
  return batch.slice(start(rank), start(rank + 1));
}
