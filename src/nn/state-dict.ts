import { checkStageWeights } from "../search/progressive-stages.js";
import { EVALUATION_DRAW } from "../search/sample.js";
import { copyInto } from "../tensor/arithmetic.js";
import { noGrad } from "../tensor/autograd.js";
import { tensor, zerosLike } from "../tensor/create.js";
import { scope, type Tensor } from "../tensor/tensor.js";
import { shortenedName } from "../text/describe.js";
import { InputError } from "../text/errors.js";
import type { Module } from "./module.js";

/** Suffixes of a searched layer's entries, as in the original program's checkpoints. */
const LOGITS = "alpha";
const VALUES = "qvals";
const FROZEN = "init_weight";
const SCALE = "scale";

/**
 * Everything that training changes, by name: parameters, buffers, training buffers, a searched layer's logits as
 * `<layer>.alpha`, its values as `<layer>.qvals`, its scale as `<layer>.scale` and its frozen weight as
 * `<layer>.init_weight`.
 */
export function trainingState(module: Module): Map<string, Tensor> {
  const state = new Map([...plainTensors(module), ...module.namedTrainingBuffers()]);
  for (const [layer, searched] of module.namedSearchedWeights()) {
    state.set(`${layer}.${LOGITS}`, searched.logits);
    state.set(`${layer}.${VALUES}`, tensor(searched.values));
    if (searched.frozen !== null) state.set(`${layer}.${FROZEN}`, searched.frozen);
  }
  return state;
}

/**
 * The quantized model as a plain float state dict: a searched layer's hard (argmax) weights as `<layer>.weight`, times
 * its scale if it has one. Draws every searched weight for evaluation.
 */
export function quantizedState(module: Module): Map<string, Tensor> {
  const state = unscaledState(module);
  for (const [layer, searched] of module.namedSearchedWeights()) {
    if (searched.scale === null) continue;
    state.set(
      `${layer}.weight`,
      noGrad(() => searched.effectiveWeight()),
    );
    state.delete(`${layer}.${SCALE}`);
  }
  return state;
}

/** The same with the values themselves as `<layer>.weight`, and their scale as `<layer>.scale`. */
export function unscaledState(module: Module): Map<string, Tensor> {
  const state = plainTensors(module);
  for (const [layer, searched] of module.namedSearchedWeights()) {
    searched.draw(EVALUATION_DRAW);
    state.set(`${layer}.weight`, searched.weight);
  }
  return state;
}

/**
 * Copies a training state into a module of the same layers, by name; an `init_weight` becomes the layer's frozen
 * weight. In a scope, keep the frozen weights.
 * @throws InputError naming `source` and the entry that is missing, left over, of another shape or dtype, or of another
 *   value set; the module is then unchanged
 */
export function loadTrainingState(module: Module, state: ReadonlyMap<string, Tensor>, source: string): void {
  const targets = trainingState(module);
  const searched = [...module.namedSearchedWeights()].map(([layer, weight]) => ({
    name: `${layer}.${FROZEN}`,
    weight,
  }));
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
      const frozen = state.get(name);
      if (frozen !== undefined) weight.refine(frozen);
      targets.delete(name);
    }
    for (const [name, target] of targets) copyInto(target, state.get(name) ?? target);
    for (const { weight } of searched) weight.draw(EVALUATION_DRAW);
  });
}

/**
 * Allocates a frozen weight for every searched weight, to be filled in afterwards, as by a broadcast from another rank.
 */
export function allocateFrozenWeights(module: Module): void {
  for (const [, weight] of module.namedSearchedWeights())
    scope((keep) => {
      weight.refine(zerosLike(weight.weight));
      keep(weight.frozen);
    });
}

/**
 * Checks that tensors are exactly those expected, with the same shapes and dtypes.
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
 * Starts the next progressive quantization stage: freezes the quantized weights of the stage before, whose factors are
 * searched next, and copies everything else. The network computes exactly what it did before. In a scope, keep the
 * frozen weights.
 * @param found every tensor of the quantized model of the stage before, by name
 * @throws InputError naming `source` and the tensor that is missing, of another shape, or has values that no stage
 *   before `stage` can give
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
  // Check everything before changing anything.
  const copies = [...plain].map(([name, target]) => [target, tensorFor(name, target)] as const);
  const frozenWeights = [...searched].map(([name, weight]) => {
    const frozen = tensorFor(name, weight.weight);
    checkStageWeights(frozen.toTypedArray() as Float32Array, stage, `${source}: tensor "${name}"`);
    return [weight, frozen] as const;
  });
  noGrad(() => {
    for (const [target, tensor] of copies) copyInto(target, tensor);
  });
  for (const [weight, frozen] of frozenWeights) weight.refine(frozen);
}

function plainTensors(module: Module): Map<string, Tensor> {
  return new Map([...module.namedParameters(), ...module.namedBuffers()]);
}
