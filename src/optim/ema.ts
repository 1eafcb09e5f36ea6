import { addInPlace, copyInto, mul, mulInPlace } from "../tensor/arithmetic.js";
import { noGrad } from "../tensor/autograd.js";
import { clone, detach } from "../tensor/shape.js";
import { scope, type Tensor } from "../tensor/tensor.js";

/** Exponential running means of tensors, by name: x̄ ← d x̄ + (1 − d) x after each step, from the tensors as they are at first. */
export class Ema {
  readonly means: ReadonlyMap<string, Tensor>;
  readonly #tensors: ReadonlyMap<string, Tensor>;
  readonly #decay: number;

  /** @param decay d, 0 < d < 1 */
  constructor(tensors: ReadonlyMap<string, Tensor>, decay: number) {
    this.#tensors = tensors;
    this.#decay = decay;
    this.means = noGrad(() => new Map([...tensors].map(([name, tensor]) => [name, clone(detach(tensor))] as const)));
  }

  /** Takes the tensors as they are now into the means. */
  update(): void {
    noGrad(() =>
      this.#each((mean, tensor) => {
        addInPlace(mulInPlace(mean, this.#decay), mul(tensor, 1 - this.#decay));
      }),
    );
  }

  /** Runs `body` with the means in the tensors' places, and puts them back, bit for bit. */
  async during<Result>(body: () => Result | Promise<Result>): Promise<Result> {
    this.#exchange();
    try {
      return await body();
    } finally {
      this.#exchange();
    }
  }

  /** Puts the means in the tensors' places for good. */
  adopt(): void {
    this.#exchange();
  }

  #exchange(): void {
    noGrad(() =>
      this.#each((mean, tensor) => {
        const kept = clone(tensor);
        copyInto(tensor, mean);
        copyInto(mean, kept);
      }),
    );
  }

  #each(body: (mean: Tensor, tensor: Tensor) => void): void {
    for (const [name, tensor] of this.#tensors) {
      const mean = this.means.get(name);
      if (mean !== undefined) scope(() => body(mean, tensor));
    }
  }
}
