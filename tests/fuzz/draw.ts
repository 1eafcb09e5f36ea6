import { randomStream, type Xoshiro128 } from "../../src/data/prng.js";

/** The random choices that make one input: the same for the same target, seed and number of the input. */
export class Draw {
  readonly #stream: Xoshiro128;

  constructor(target: string, seed: number, index: number) {
    this.#stream = randomStream(seed, index, ...Buffer.from(target));
  }

  /** An integer in [0, bound). */
  below(bound: number): number {
    return this.#stream.below(bound);
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.#stream.uniform(0, 1) < probability;
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)] as Item;
  }

  /** A place in [0, length], half of the time within 256 of one of the ends, where headers and directories stand. */
  place(length: number): number {
    if (length === 0 || this.chance(0.5)) return this.below(length + 1);
    const near = this.below(Math.min(length, 256) + 1);
    return this.chance(0.5) ? near : length - near;
  }

  /** An integer from 1 on, small ones likelier: about as often below 10 as from 10 to 100, and so on up to `most`. */
  length(most: number): number {
    return Math.max(1, Math.floor(most ** this.#stream.uniform(0, 1)));
  }
}
