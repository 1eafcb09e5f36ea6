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
  /** By the name of the part whose `weight` it is; "" for the module's own `weight`. */
  readonly #searched = new Map<string, SearchedWeight>();
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

  /**
   * Registers a searched weight: the one behind this module's `weight`, or that of a part of it by the part's name,
   * "query" for `query.weight`.
   */
  protected searchedWeight(weight: SearchedWeight, part = ""): SearchedWeight {
    this.#searched.set(part, weight);
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
    for (const searched of this.#searched.values()) searched.moveTo(device);
    for (const child of this.#children.values()) child.moveTo(device);
  }

  /** The modules inside this one, each before those inside it, by their paths. */
  *namedModules(prefix = ""): Generator<[string, Module]> {
    for (const [name, child] of this.#children) {
      yield [prefix + name, child];
      yield* child.namedModules(`${prefix}${name}.`);
    }
  }

  /** Trained tensors by name, the trained scales of searched weights included, but not these themselves. */
  *namedParameters(prefix = ""): Generator<[string, Tensor]> {
    for (const [name, tensor] of this.#parameters) yield [prefix + name, tensor];
    yield* this.#scales(prefix, true);
    for (const [name, child] of this.#children) yield* child.namedParameters(`${prefix}${name}.`);
  }

  /** Tensors that receive gradients, by name, in the order of registration; of a searched layer its weight. */
  *namedLeaves(prefix = ""): Generator<[string, Tensor]> {
    for (const [part, { weight }] of this.#searched) yield [`${prefix}${partPrefix(part)}weight`, weight];
    for (const [name, tensor] of this.#parameters) yield [prefix + name, tensor];
    yield* this.#scales(prefix, true);
    for (const [name, child] of this.#children) yield* child.namedLeaves(`${prefix}${name}.`);
  }

  /** Saved, untrained tensors by name. */
  *namedBuffers(prefix = ""): Generator<[string, Tensor]> {
    for (const [name, tensor] of this.#buffers) yield [prefix + name, tensor];
    yield* this.#scales(prefix, false);
    for (const [name, child] of this.#children) yield* child.namedBuffers(`${prefix}${name}.`);
  }

  /** Tensors that only training needs, by name: not trained, and not in the quantized model. */
  *namedTrainingBuffers(prefix = ""): Generator<[string, Tensor]> {
    for (const [name, tensor] of this.#trainingBuffers) yield [prefix + name, tensor];
    for (const [name, child] of this.#children) yield* child.namedTrainingBuffers(`${prefix}${name}.`);
  }

  /** Searched weights by the name of their layer, or of the part of it: `conv1` for `conv1.weight`. */
  *namedSearchedWeights(prefix = ""): Generator<[string, SearchedWeight]> {
    for (const [part, searched] of this.#searched) yield [(prefix + partPrefix(part)).slice(0, -1), searched];
    for (const [name, child] of this.#children) yield* child.namedSearchedWeights(`${prefix}${name}.`);
  }

  *#scales(prefix: string, isTrained: boolean): Generator<[string, Tensor]> {
    for (const [part, { scale }] of this.#searched) {
      if (scale?.isTrained === isTrained) yield [`${prefix}${partPrefix(part)}scale`, scale.tensor];
    }
  }
}

function partPrefix(part: string): string {
  return part === "" ? "" : `${part}.`;
}
