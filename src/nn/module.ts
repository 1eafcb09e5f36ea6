import type { SearchedWeight } from "../search/searched-weight.js";
import type { Tensor } from "../tensor/tensor.js";

/**
 * Which statistics BatchNorm uses: `train` normalizes by the batch's and updates the running ones; `eval` normalizes by
 * the running ones. `calibrate` normalizes by the batch's too and makes the running ones their mean since the last
 * `resetStatistics`. `observe` is `train`, but updates the statistics of evaluation where training has separate ones
 * (`keepSoftStatistics`).
 */
export type Mode = "train" | "observe" | "calibrate" | "eval";

/** With two, one process computes the same bits as two ranks that share each batch. */
const DEFAULT_REDUCTION_CHUNKS = 2;

/**
 * A part of a network: it owns parameters, buffers, searched weights and other modules, each by a name. The path of
 * names, joined by dots, is the key in a state dict (`layer1.0.conv1.weight`), in the order of registration.
 */
export abstract class Module {
  readonly #parameters = new Map<string, Tensor>();
  readonly #buffers = new Map<string, Tensor>();
  readonly #trainingBuffers = new Map<string, Tensor>();
  readonly #children = new Map<string, Module>();
  #searched: SearchedWeight | undefined;
  #reductionChunks = DEFAULT_REDUCTION_CHUNKS;

  /** `[N, …]` → `[N, …]`. */
  abstract forward(input: Tensor, mode: Mode): Tensor;

  /** Registers a trained tensor. */
  protected parameter(name: string, tensor: Tensor): Tensor {
    tensor.requiresGrad = true;
    this.#parameters.set(name, tensor);
    return tensor;
  }

  /** Registers a tensor that is saved but not trained. */
  protected buffer(name: string, tensor: Tensor): Tensor {
    this.#buffers.set(name, tensor);
    return tensor;
  }

  /** Registers a tensor that only training needs: saved in training states, not in the quantized model. */
  protected trainingBuffer(name: string, tensor: Tensor): Tensor {
    this.#trainingBuffers.set(name, tensor);
    return tensor;
  }

  /** Registers the searched weight behind this module's `weight`. */
  protected searchedWeight(weight: SearchedWeight): SearchedWeight {
    this.#searched = weight;
    return weight;
  }

  /** Registers a module inside this one. */
  protected child<Child extends Module>(name: string, module: Child): Child {
    this.#children.set(name, module);
    return module;
  }

  /** Registers a module that only some networks have; `null` registers nothing. */
  protected optionalChild<Child extends Module>(name: string, module: Child | null): Child | null {
    return module && this.child(name, module);
  }

  /** How many chunks of a training batch layers sum over separately, see `ReductionChunks`; default 2. */
  protected get reductionChunks(): number {
    return this.#reductionChunks;
  }

  /**
   * Sets `reductionChunks` of this module and of those inside it: 1 where the batch is a chunk itself, one rank's
   * share.
   */
  setReductionChunks(chunks: number): void {
    this.#reductionChunks = chunks;
    for (const child of this.#children.values()) child.setReductionChunks(chunks);
  }

  /** Moves every tensor of this module, and of those inside it, to a device (`"cuda:0"`), in place. */
  moveTo(device: string): void {
    const tensors = [this.#parameters, this.#buffers, this.#trainingBuffers].flatMap((map) => [...map.values()]);
    for (const tensor of tensors) tensor.moveTo(device);
    this.#searched?.moveTo(device);
    for (const child of this.#children.values()) child.moveTo(device);
  }

  /** The modules inside this one, each before those inside it, by their paths. */
  *namedModules(prefix = ""): Generator<[string, Module]> {
    for (const [name, child] of this.#children) {
      yield [prefix + name, child];
      yield* child.namedModules(`${prefix}${name}.`);
    }
  }

  /** Trained tensors by name; searched weights are not among them. */
  *namedParameters(prefix = ""): Generator<[string, Tensor]> {
    for (const [name, tensor] of this.#parameters) yield [prefix + name, tensor];
    for (const [name, child] of this.#children) yield* child.namedParameters(`${prefix}${name}.`);
  }

  /** Tensors that receive gradients, by name, in the order of registration; of a searched layer its weight. */
  *namedLeaves(prefix = ""): Generator<[string, Tensor]> {
    if (this.#searched !== undefined) yield [`${prefix}weight`, this.#searched.weight];
    for (const [name, tensor] of this.#parameters) yield [prefix + name, tensor];
    for (const [name, child] of this.#children) yield* child.namedLeaves(`${prefix}${name}.`);
  }

  /** Saved, untrained tensors by name. */
  *namedBuffers(prefix = ""): Generator<[string, Tensor]> {
    for (const [name, tensor] of this.#buffers) yield [prefix + name, tensor];
    for (const [name, child] of this.#children) yield* child.namedBuffers(`${prefix}${name}.`);
  }

  /** Tensors that only training needs, by name: not trained, and not in the quantized model. */
  *namedTrainingBuffers(prefix = ""): Generator<[string, Tensor]> {
    for (const [name, tensor] of this.#trainingBuffers) yield [prefix + name, tensor];
    for (const [name, child] of this.#children) yield* child.namedTrainingBuffers(`${prefix}${name}.`);
  }

  /** Searched weights by the name of their layer. */
  *namedSearchedWeights(prefix = ""): Generator<[string, SearchedWeight]> {
    if (this.#searched !== undefined) yield [prefix.slice(0, -1), this.#searched];
    for (const [name, child] of this.#children) yield* child.namedSearchedWeights(`${prefix}${name}.`);
  }
}
