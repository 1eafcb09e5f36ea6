import { InputError } from "../errors.js";
import { EVALUATION_DRAW } from "../search/sample.js";
import { copyInto } from "../tensor/arithmetic.js";
import { noGrad } from "../tensor/autograd.js";
import { tensor } from "../tensor/create.js";
import type { Tensor } from "../tensor/tensor.js";
import type { Module } from "./module.js";

/** Suffixes of a searched layer's entries, as in the original program. */
const LOGITS = "alpha";
const VALUES = "qvals";

/** What training changes, by name: parameters and buffers, a searched layer's logits as `<layer>.alpha` and values as `<layer>.qvals`. */
export function trainingState(module: Module): Map<string, Tensor> {
  const state = plainTensors(module);
  for (const [layer, searched] of module.namedSearchedWeights()) {
    state.set(`${layer}.${LOGITS}`, searched.logits);
    state.set(`${layer}.${VALUES}`, tensor(searched.values));
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

function plainTensors(module: Module): Map<string, Tensor> {
  return new Map([...module.namedParameters(), ...module.namedBuffers()]);
}
