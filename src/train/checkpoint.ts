import type { ProcessGroup } from "../distributed/process-group.js";
import type { SafetensorsEntry } from "../formats/safetensors.js";
import type { Module } from "../nn/module.js";
import { checkTensors, loadTrainingState, trainingState } from "../nn/state-dict.js";
import type { Sgd } from "../optim/sgd.js";
import { copyInto } from "../tensor/arithmetic.js";
import { noGrad } from "../tensor/autograd.js";
import { isInteger } from "../tensor/dtype.js";
import { fromEntries, toEntries } from "../tensor/entries.js";
import { sum } from "../tensor/reduce.js";
import { scope, type Tensor } from "../tensor/tensor.js";
import { rememberChoices } from "./health.js";

/** Stands behind the name of what the momentum is of: `conv1.weight.momentum`, `layer1.0.conv1.alpha.momentum`. */
const MOMENTUM = ".momentum";

/** Stands behind the name of a searched layer: the best values that changes are counted from, as indices. */
const CHOICES = ".choices";

/** What training changes: the network, and what its optimizer remembers. */
export interface Trained {
  readonly network: Module;
  /** Made for the network's parameters, in their order. */
  readonly sgd: Sgd;
}

/**
 * The tensors of a checkpoint: `trainingState`, the momentum of each parameter and of each searched layer's logits, and the choices of
 * each searched layer at the end of the last epoch. They may share the network's memory: to be written before the next step.
 */
export function checkpointTensors(trained: Trained): Map<string, SafetensorsEntry> {
  return scope(() => toEntries(everything(trained)));
}

function everything(trained: Trained): Map<string, Tensor> {
  return new Map([...trainingState(trained.network), ...momenta(trained), ...choices(trained)]);
}

/**
 * Puts a network and its optimizer into the state that a checkpoint's tensors are, to the bit. In one from before choices were kept,
 * they are the best values of its logits.
 * @throws InputError naming `source` and the tensor that is missing, left over, or of another shape, dtype or value set
 */
export function restoreTensors(
  { network, sgd }: Trained,
  entries: ReadonlyMap<string, SafetensorsEntry>,
  source: string,
): void {
  scope((keep) => {
    const tensors = [...fromEntries(entries)];
    const beside = ([name]: readonly [string, Tensor]) => name.endsWith(MOMENTUM) || name.endsWith(CHOICES);
    const found = new Map(tensors.filter(beside));
    const hasChoices = [...found.keys()].some((name) => name.endsWith(CHOICES));
    const targets = new Map([...momenta({ network, sgd }), ...(hasChoices ? choices({ network }) : [])]);
    checkTensors(targets, found, source);
    loadTrainingState(network, new Map(tensors.filter(([name]) => !found.has(name))), source);
    for (const [, { frozen }] of network.namedSearchedWeights()) keep(frozen);
    noGrad(() => {
      for (const [name, target] of targets) copyInto(target, found.get(name) ?? target);
    });
    if (!hasChoices) rememberChoices(network);
  });
}

/** Puts the networks of all processes, and what their optimizers remember, into the state of rank 0's; to be called by all. */
export function shareTrained(group: ProcessGroup, trained: Trained): void {
  scope(() => shareTensors(group, everything(trained)));
}

/** The same of networks alone. */
export function shareNetwork(group: ProcessGroup, network: Module): void {
  scope(() => shareTensors(group, trainingState(network)));
}

function shareTensors(group: ProcessGroup, tensors: ReadonlyMap<string, Tensor>): void {
  for (const tensor of tensors.values()) group.broadcast(tensor);
}

/**
 * The first tensor that holds NaN, or infinity where it means nothing; undefined when all is well. Logits may be infinite: a
 * value that is never or always chosen.
 */
export function firstNotFinite(trained: Trained): string | undefined {
  return scope(() => {
    const state = [...trainingState(trained.network), ...momenta(trained)];
    const bad = state.find(([name, tensor]) => !isInteger(tensor.dtype) && !isSound(tensor, name.endsWith(".alpha")));
    return bad?.[0];
  });
}

/** A sum is NaN where a summand is; float32's sums do not overflow as long as weights are of any use. */
function isSound(tensor: Tensor, mayBeInfinite: boolean): boolean {
  const total = scope(() => noGrad(() => sum(tensor).item()));
  return mayBeInfinite ? !Number.isNaN(total) : Number.isFinite(total);
}

function momenta({ network, sgd }: Trained): Map<string, Tensor> {
  const named = new Map<string, Tensor>();
  [...network.namedParameters()].forEach(([name], index) => {
    const momentum = sgd.momenta[index];
    if (momentum !== undefined) named.set(name + MOMENTUM, momentum);
  });
  for (const [layer, { momentum }] of network.namedSearchedWeights()) named.set(`${layer}.alpha${MOMENTUM}`, momentum);
  return named;
}

function choices({ network }: Pick<Trained, "network">): Map<string, Tensor> {
  return new Map([...network.namedSearchedWeights()].map(([layer, searched]) => [layer + CHOICES, searched.choices]));
}
