import { copyInto, mulInPlace } from "../tensor/arithmetic.js";
import { noGrad } from "../tensor/autograd.js";
import { concat, flatten, reshape, slice } from "../tensor/shape.js";
import { scope, type Tensor } from "../tensor/tensor.js";
import type { Group } from "./group.js";

/**
 * Averages buffers that every rank updates from its own data, such as running batch statistics, over all ranks. Moving
 * averages are linear: the mean of the ranks' averages is the average of their means.
 */
export class BufferAverage {
  readonly #group: Group;
  readonly #buffers: readonly Tensor[];

  /** @param buffers floating-point, of one dtype on one device */
  constructor(group: Group, buffers: readonly Tensor[]) {
    this.#group = group;
    this.#buffers = buffers;
  }

  /** Starts averaging; the returned function waits and stores the mean. Do not write to the buffers until then. */
  start(): () => void {
    if (this.#buffers.length === 0) return () => undefined;
    return scope((keep) =>
      noGrad(() => {
        const all = keep(concat(this.#buffers.map((buffer) => flatten(buffer))));
        const finish = this.#group.startSum(all);
        return () => {
          finish();
          scope(() => noGrad(() => this.#put(mulInPlace(all, 1 / this.#group.size))));
          all.release();
        };
      }),
    );
  }

  #put(mean: Tensor): void {
    let first = 0;
    for (const buffer of this.#buffers) {
      const { size, shape } = buffer;
      copyInto(buffer, reshape(slice(mean, 0, first, first + size), shape));
      first += size;
    }
  }
}
