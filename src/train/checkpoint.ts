import { createHash } from "node:crypto";
import { disagreement } from "../distributed/agreement.js";
import type { Group } from "../distributed/group.js";
import type { SafetensorsEntry } from "../formats/safetensors.js";
import type { Module } from "../nn/module.js";
import { checkTensors, loadTrainingState, trainingState } from "../nn/state-dict.js";
import type { Ema } from "../optim/ema.js";
import type { Optimizer } from "../optim/optimizer.js";
import type { RunProgress } from "../run/progress.js";
import { copyInto } from "../tensor/arithmetic.js";
import { noGrad } from "../tensor/autograd.js";
import { isInteger } from "../tensor/dtype.js";
import { fromEntries, toEntries } from "../tensor/entries.js";
import { sum } from "../tensor/reduce.js";
import { scope, type Tensor } from "../tensor/tensor.js";
import { DivergedError, layerNorms } from "./divergence.js";
import { rememberChoices } from "./search-statistics.js";

/** The number of an optimizer's steps. */
const STEPS = "optimizer.steps";

/** Suffix of a running mean: `conv1.weight.ema`. */
const EMA = ".ema";

/** Suffix of a searched layer's choices: the indices of the hard values from which flips are counted. */
const CHOICES = ".choices";

/** The training state: the network and its optimizer. */
export interface Trained {
  readonly network: Module;
  /** Made for the network's parameters, in their order. */
  readonly optimizer: Optimizer;
  /** Running means of what is trained; `null` for none. */
  readonly ema?: Ema | null;
}

/** A run's checkpoints, as the loop sees them. */
export interface Checkpoints {
  /** Whether one is due; checked after every step. */
  isDue(): boolean;
  /** Takes one of the network and optimizer as they are now. */
  write(progress: RunProgress): void;
  /** Puts network and optimizer back to the last one, and returns where that was. */
  goBack(because: DivergedError): RunProgress;
}

/** The checkpoints of a run that saves none. */
export const NO_CHECKPOINTS: Checkpoints = {
  isDue: () => false,
  write: () => undefined,
  goBack: (because) => {
    throw because;
  },
};

/**
 * The tensors of a checkpoint: `trainingState`, the momentum of each parameter and of each searched layer's logits, and
 * the choices of each searched layer at the end of the last epoch. They may share the network's memory: to be written
 * before the next step.
 */
export function checkpointTensors(trained: Trained): Map<string, SafetensorsEntry> {
  return scope(() => toEntries(everything(trained)));
}

function everything(trained: Trained): Map<string, Tensor> {
  return new Map([...trainingState(trained.network), ...optimizerState(trained), ...choices(trained)]);
}

/**
 * Restores a network and its optimizer from a checkpoint's tensors, bit-exactly. If a checkpoint has no choices, they
 * are the hard values of its logits.
 * @throws InputError naming `source` and the tensor that is missing, left over, or of another shape, dtype or value set
 */
export function restoreTensors(trained: Trained, entries: ReadonlyMap<string, SafetensorsEntry>, source: string): void {
  const { network, optimizer } = trained;
  // Those of an optimizer's tensors, `conv1.weight.momentum`, and the others'.
  const suffixes = [...optimizer.slots.map(({ name }) => `.${name}`), EMA, CHOICES];
  scope((keep) => {
    const tensors = [...fromEntries(entries)];
    const beside = ([name]: readonly [string, Tensor]) =>
      name === STEPS || suffixes.some((suffix) => name.endsWith(suffix));
    const found = new Map(tensors.filter(beside));
    const hasChoices = [...found.keys()].some((name) => name.endsWith(CHOICES));
    const targets = new Map([...optimizerState(trained), ...(hasChoices ? choices({ network }) : [])]);
    checkTensors(targets, found, source);
    loadTrainingState(network, new Map(tensors.filter(([name]) => !found.has(name))), source);
    for (const [, { frozen }] of network.namedSearchedWeights()) keep(frozen);
    noGrad(() => {
      for (const [name, target] of targets) copyInto(target, found.get(name) ?? target);
    });
    if (!hasChoices) rememberChoices(network);
  });
}

/** Broadcasts rank 0's network and optimizer state to all ranks. Collective. */
export function shareTrained(group: Group, trained: Trained): void {
  scope(() => shareTensors(group, everything(trained)));
}

/** The same of networks alone. */
export function shareNetwork(group: Group, network: Module): void {
  scope(() => shareTensors(group, trainingState(network)));
}

function shareTensors(group: Group, tensors: ReadonlyMap<string, Tensor>): void {
  for (const tensor of tensors.values()) group.broadcast(tensor);
}

/**
 * The first tensor that holds NaN, or infinity where it means nothing; undefined when all is well. Logits may be
 * infinite: a value that is never or always chosen.
 */
export function firstNotFinite(trained: Trained): string | undefined {
  return scope(() => {
    const state = [...trainingState(trained.network), ...optimizerState(trained)];
    const bad = state.find(([name, tensor]) => !isInteger(tensor.dtype) && !isSound(tensor, name.endsWith(".alpha")));
    return bad?.[0];
  });
}

/**
 * Throws DivergedError where a trained tensor is no longer finite, naming the last of the epoch's `batches` as the
 * place.
 */
export function checkFinite(trained: Trained, { epochs, pass }: RunProgress, batches: number): void {
  const bad = firstNotFinite(trained);
  if (bad === undefined) return;
  const place =
    pass === null ? { epoch: epochs.length - 1, batch: batches - 1 } : { epoch: epochs.length, batch: pass.batch - 1 };
  throw new DivergedError(
    `epoch ${place.epoch + 1}, batch ${place.batch + 1} or before: ${bad} is no longer finite; a smaller init_lr or temperature ` +
      "annealing may help",
    place,
    layerNorms(trained.network),
  );
}

/**
 * Throws where a rank no longer holds the bits of the others: from then on they would train different networks. To be
 * called by all.
 */
export function checkSameOnAllRanks(trained: Trained, group: Group, when: string): void {
  const difference = disagreement(group, when, () => ({ tensors: digest(trained) }));
  if (difference !== null) throw new Error(`${when} the processes' networks differ: ${difference}`);
}

function digest(trained: Trained): string {
  const hash = createHash("sha256");
  for (const [, { data }] of checkpointTensors(trained)) hash.update(data);
  return hash.digest("hex");
}

/** A sum is NaN where a summand is; float32's sums do not overflow as long as weights are of any use. */
function isSound(tensor: Tensor, mayBeInfinite: boolean): boolean {
  const total = scope(() => noGrad(() => sum(tensor).item()));
  return mayBeInfinite ? !Number.isNaN(total) : Number.isFinite(total);
}

/** The state of optimizer and running means by the names of what they belong to: `conv1.weight.momentum`, `conv2.alpha.momentum`. */
function optimizerState({ network, optimizer, ema }: Trained): Map<string, Tensor> {
  const parameters = [...network.namedParameters()].map(([name]) => name);
  const logits = [...network.namedSearchedWeights()].map(([layer]) => `${layer}.alpha`);
  const state = optimizer.slots.flatMap(({ name, parameters: own, logits: ofLogits }) => [
    ...named(parameters, own, name),
    ...named(logits, ofLogits, name),
  ]);
  const means = [...(ema?.means ?? [])].map(([name, mean]) => [name + EMA, mean] as const);
  return new Map([...state, ...(optimizer.steps === null ? [] : [[STEPS, optimizer.steps] as const]), ...means]);
}

function named(names: readonly string[], tensors: readonly Tensor[], slot: string): (readonly [string, Tensor])[] {
  return tensors.map((tensor, index) => [`${names[index]}.${slot}`, tensor] as const);
}

function choices({ network }: Pick<Trained, "network">): Map<string, Tensor> {
  return new Map([...network.namedSearchedWeights()].map(([layer, searched]) => [layer + CHOICES, searched.choices]));
}
