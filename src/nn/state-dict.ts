import { checkStageWeights } from "../search/progressive-stages.js";
import { EVALUATION_DRAW } from "../search/sample.js";
import { copyInto } from "../tensor/arithmetic.js";
import { noGrad } from "../tensor/autograd.js";
import { tensor, zerosLike } from "../tensor/create.js";
import { scope, type Tensor } from "../tensor/tensor.js";
import { shortenedName } from "../text/describe.js";
import { InputError } from "../text/errors.js";
import type { Module } from "./module.js";

/** Suffixes of a searched layer's entries, as in the original program. */
const LOGITS = "alpha";
const VALUES = "qvals";
const BASE = "init_weight";

/** What training changes, by name: parameters and buffers, those of training alone too, a searched layer's logits as `<layer>.alpha`, its values as `<layer>.qvals` and what it refines as `<layer>.init_weight`. */
export function trainingState(module: Module): Map<string, Tensor> {
  const state = new Map([...plainTensors(module), ...module.namedTrainingBuffers()]);
  for (const [layer, searched] of module.namedSearchedWeights()) {
    state.set(`${layer}.${LOGITS}`, searched.logits);
    state.set(`${layer}.${VALUES}`, tensor(searched.values));
    if (searched.base !== null) state.set(`${layer}.${BASE}`, searched.base);
  }
  return state;
}

/** The network found: a plain float state dict, a searched layer's best values as `<layer>.weight`. Draws every searched weight for evaluation. */
export function quantizedState(module: Module): Map<string, Tensor> {
  const state = plainTensors(module);
  for (const [layer, searched] of module.namedSearchedWeights()) {
    searched.draw(EVALUATION_DRAW);
    state.set(`${layer}.weight`, searched.weight);
  }
  return state;
}

/**
 * Copies a training state into a module of the same layers, by name; a searched layer with an `init_weight` refines that. In a
 * scope, the weights' `base`s are to be kept.
 * @throws InputError naming `source` and the entry that is missing, left over, of another shape or dtype, or of another value
 *   set; the module is then as it was
 */
export function loadTrainingState(module: Module, state: ReadonlyMap<string, Tensor>, source: string): void {
  const targets = trainingState(module);
  const searched = [...module.namedSearchedWeights()].map(([layer, weight]) => ({ name: `${layer}.${BASE}`, weight }));
  for (const { name, weight } of searched) if (state.has(name)) targets.set(name, weight.weight);
  checkTensors(targets, state, source);
  for (const [name, target] of targets) {
    const found = state.get(name);
    if (found !== undefined && name.endsWith(`.${VALUES}`) && String(found.toArray()) !== String(target.toArray())) {
      throw new InputError(
        `${source}: tensor "${name}": expected the values ${target.toArray()}, found ${shortenedName(String(found.toArray()))}`,
      );
    }
  }
  noGrad(() => {
    for (const { name, weight } of searched) {
      const base = state.get(name);
      if (base !== undefined) weight.refine(base);
      targets.delete(name);
    }
    for (const [name, target] of targets) copyInto(target, state.get(name) ?? target);
    for (const { weight } of searched) weight.draw(EVALUATION_DRAW);
  });
}

/** Gives every searched weight a tensor that it refines, still without meaning: to be filled in, as by another process. */
export function allocateFrozenWeights(module: Module): void {
  for (const [, weight] of module.namedSearchedWeights())
    scope((keep) => {
      weight.refine(zerosLike(weight.weight));
      keep(weight.base);
    });
}

/**
 * Checks that tensors are those expected, no more and no less, of the same shapes and dtypes.
 * @throws InputError naming `source`, the tensor, what was expected and what was found
 */
export function checkTensors(
  expected: ReadonlyMap<string, Tensor>,
  found: ReadonlyMap<string, Tensor>,
  source: string,
): void {
  const unknown = [...found.keys()].find((name) => !expected.has(name));
  if (unknown !== undefined) {
    throw new InputError(
      `${source}: tensor "${shortenedName(unknown)}": expected only tensors of this network, found one it does not have`,
    );
  }
  for (const [name, { shape, dtype }] of expected) {
    const tensor = found.get(name);
    const wrong = (what: string) => new InputError(`${source}: tensor "${name}": expected ${what}`);
    if (tensor === undefined) throw wrong(`shape [${shape}], found no such tensor`);
    if (String(tensor.shape) !== String(shape))
      throw wrong(`shape [${shape}], found [${shortenedName(String(tensor.shape))}]`);
    if (tensor.dtype !== dtype) throw wrong(`${dtype}, found ${tensor.dtype}`);
  }
}

/**
 * Starts the next stage of a search bit by bit: everything but the searched weights is copied from the network found so
 * far, which those then refine. The function stays exactly that network's. In a scope, the weights' `base`s are to be kept.
 * @param found every tensor of the network found, by name
 * @throws InputError naming `source` and the tensor that is missing, of another shape, or not what stage `stage` − 1 finds
 */
export function refineQuantizedWeights(
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
    checkStageWeights(base.toTypedArray() as Float32Array, stage, `${source}: tensor "${name}"`);
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
