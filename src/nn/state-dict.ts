import { InputError } from "../errors.js";
import { checkFoundWeights } from "../search/by-bit.js";
import { EVALUATION_DRAW } from "../search/sample.js";
import { copyInto } from "../tensor/arithmetic.js";
import { noGrad } from "../tensor/autograd.js";
import { tensor } from "../tensor/create.js";
import type { Tensor } from "../tensor/tensor.js";
import type { Module } from "./module.js";

/** Suffixes of a searched layer's entries, as in the original program. */
const LOGITS = "alpha";
const VALUES = "qvals";
const BASE = "init_weight";

/** What training changes, by name: parameters and buffers, a searched layer's logits as `<layer>.alpha`, its values as `<layer>.qvals` and what it refines as `<layer>.init_weight`. */
export function trainingState(module: Module): Map<string, Tensor> {
  const state = plainTensors(module);
  for (const [layer, searched] of module.namedSearchedWeights()) {
    state.set(`${layer}.${LOGITS}`, searched.logits);
    state.set(`${layer}.${VALUES}`, tensor(searched.values));
    if (searched.base !== null) state.set(`${layer}.${BASE}`, searched.base);
  }
  return state;
}

/** The network found: a plain float state dict, a searched layer's best values as `<layer>.weight`. Draws every searched weight for evaluation. */
export function foundNetwork(module: Module): Map<string, Tensor> {
  const state = plainTensors(module);
  for (const [layer, searched] of module.namedSearchedWeights()) {
    searched.draw(EVALUATION_DRAW);
    state.set(`${layer}.weight`, searched.weight);
  }
  return state;
}

/**
 * Copies a training state into a module of the same layers, by name.
 * @throws InputError naming `source` and the entry that is missing, left over, of another shape, or of another value set
 */
export function loadTrainingState(module: Module, state: ReadonlyMap<string, Tensor>, source: string): void {
  const targets = trainingState(module);
  for (const name of state.keys()) {
    if (!targets.has(name))
      throw new InputError(
        `${source}: tensor "${name}": expected only tensors of this network, found one it does not have`,
      );
  }
  for (const [name, target] of targets) {
    const found = state.get(name);
    if (found === undefined)
      throw new InputError(`${source}: tensor "${name}": expected shape [${target.shape}], found no such tensor`);
    if (String(found.shape) !== String(target.shape)) {
      throw new InputError(`${source}: tensor "${name}": expected shape [${target.shape}], found [${found.shape}]`);
    }
    if (name.endsWith(`.${VALUES}`) && String(found.toArray()) !== String(target.toArray())) {
      throw new InputError(
        `${source}: tensor "${name}": expected the values ${target.toArray()}, found ${found.toArray()}`,
      );
    }
  }
  noGrad(() => {
    for (const [name, target] of targets) {
      const found = state.get(name);
      if (found !== undefined) copyInto(target, found);
    }
    for (const [, searched] of module.namedSearchedWeights()) searched.draw(EVALUATION_DRAW);
  });
}

/**
 * Starts the next stage of a search bit by bit: everything but the searched weights is copied from the network found so
 * far, which those then refine. The function stays exactly that network's. In a scope, the weights' `base`s are to be kept.
 * @param found every tensor of the network found, by name
 * @throws InputError naming `source` and the tensor that is missing, of another shape, or not what stage `stage` − 1 finds
 */
export function refineFoundNetwork(
  module: Module,
  found: ReadonlyMap<string, Tensor>,
  stage: number,
  source: string,
): void {
  const plain = plainTensors(module);
  const searched = new Map([...module.namedSearchedWeights()].map(([layer, weight]) => [`${layer}.weight`, weight]));
  const tensorFor = (name: string, { shape }: Tensor): Tensor => {
    const tensor = found.get(name);
    if (tensor === undefined) {
      throw new InputError(`${source}: tensor "${name}": expected shape [${shape}], found no such tensor`);
    }
    if (String(tensor.shape) !== String(shape)) {
      throw new InputError(`${source}: tensor "${name}": expected shape [${shape}], found [${tensor.shape}]`);
    }
    return tensor;
  };
  // All is checked before anything changes.
  const copies = [...plain].map(([name, target]) => [target, tensorFor(name, target)] as const);
  const bases = [...searched].map(([name, weight]) => {
    const base = tensorFor(name, weight.weight);
    checkFoundWeights(base.toTypedArray() as Float32Array, stage, `${source}: tensor "${name}"`);
    return [weight, base] as const;
  });
  noGrad(() => {
    for (const [target, tensor] of copies) copyInto(target, tensor);
  });
  for (const [weight, base] of bases) weight.refine(base);
}

function plainTensors(module: Module): Map<string, Tensor> {
  return new Map([...module.namedParameters(), ...module.namedBuffers()]);
}
