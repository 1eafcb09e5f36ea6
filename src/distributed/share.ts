/**
 * The part of a global batch that a process takes, a copy: positions ⌊rank · n / size⌋ … ⌊(rank + 1) · n / size⌋ − 1 of
 * its n. Parts differ by at most one image, are empty where there are more processes than images, and one after the
 * other are the batch, in order.
 *
 * @param batch which images, `[n]`
 * @param rank 0 … size − 1
 * @param size number of processes
 * @throws RangeError if an argument is not such an integer
 */
export function shareOf(batch: Int32Array, rank: number, size: number): Int32Array {
  if (!Number.isSafeInteger(size) || !Number.isInteger(rank) || rank < 0 || rank >= size) {
    throw new RangeError(`Expected a rank in 0 … size − 1, found ${rank} of ${size}`);
  }
  const start = (part: number) => Math.floor((part * batch.length) / size);
  return batch.slice(start(rank), start(rank + 1));
}
