import { noGrad } from "../tensor/autograd.js";
import { zeros } from "../tensor/create.js";
import { type RecordedCall, type RecordedTensor, type RecordedValue, recordCalls } from "../tensor/record-calls.js";
import { toDevice } from "../tensor/shape.js";
import { scope, type Tensor } from "../tensor/tensor.js";
import type { Module } from "./module.js";
import { kindOf, type NodeKind, type Role } from "./operator-kinds.js";

/** A tensor that a network computes from an image. No two nodes write to the same one. */
export interface GraphValue {
  readonly id: number;
  /** For a batch of one image. */
  readonly shape: readonly number[];
}

/** One call of an operator. */
export interface GraphNode {
  readonly kind: NodeKind;
  readonly isHomogeneous: boolean;
  /** The network's own tensors that it uses, by their names in the state dict: of a searched layer `<layer>.weight`. */
  readonly ownTensors: readonly string[];
  /** Those of them that have a role in this kind of node. */
  readonly tensors: Readonly<Partial<Record<Role, string>>>;
  /** The path of the module that the first of them belongs to; undefined for a node without any. */
  readonly layer: string | undefined;
  /** Ids of the values that it takes besides them. */
  readonly inputs: readonly number[];
  readonly outputs: readonly GraphValue[];
  /** The call itself: strides, paddings, ε. */
  readonly call: RecordedCall;
}

/** The operators of a network in evaluation that work on the image, in the order in which they run. */
export interface Graph {
  readonly input: GraphValue;
  readonly output: GraphValue;
  readonly nodes: readonly GraphNode[];
}

/**
 * Runs a network once, in evaluation, on an image of zeros, and returns the operators it called as a graph. The network
 * is unchanged.
 * @param imageShape `[C, H, W]`
 */
export function trace(network: Module, imageShape: readonly number[]): Graph {
  return scope(() =>
    noGrad(() => {
      const [, leaf] = network.namedLeaves().next().value ?? [];
      const image = toDevice(zeros([1, ...imageShape]), leaf?.device ?? "cpu");
      const { returned, calls } = recordCalls(() => network.forward(image, "eval"));
      const values = new Values(ownTensors(network));
      const input = values.add(image);
      const nodes = calls.flatMap((call) => (values.isOwn(call) ? [] : [nodeOf(call, values)]));
      return { input, output: values.read(returned), nodes };
    }),
  );
}

/** The path of the module that owns a tensor: "layer1.0.conv1.weight" → "layer1.0.conv1". */
export function layerOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf(".")));
}

/** Names of the network's tensors by their handles. */
function ownTensors(network: Module): ReadonlyMap<number, string> {
  const searched = [...network.namedSearchedWeights()].map(([layer, { weight }]): [string, Tensor] => [
    `${layer}.weight`,
    weight,
  ]);
  return new Map(
    [...network.namedParameters(), ...network.namedBuffers(), ...searched].map(([name, { handle }]) => [handle, name]),
  );
}

/** The value that each handle holds so far: an in-place operator gives its argument a new value. */
class Values {
  /** Names of the network's own tensors by their handles. */
  readonly ownTensors: Map<number, string>;
  readonly #byHandle = new Map<number, GraphValue>();

  constructor(ownTensors: ReadonlyMap<number, string>) {
    this.ownTensors = new Map(ownTensors);
  }

  /**
   * Whether a call takes only the network's own tensors, as the product of a searched weight and its scale does. Its
   * result then stands for the first of them, and is no part of what is computed from an image.
   */
  isOwn({ operator, arguments: given, results }: RecordedCall): boolean {
    const taken = given.flatMap(tensorsIn);
    const first = this.ownTensors.get(taken[0]?.handle ?? Number.NaN);
    if (first === undefined || operator.endsWith("_")) return false;
    if (!taken.every(({ handle }) => this.ownTensors.has(handle))) return false;
    for (const { handle } of results) this.ownTensors.set(handle, first);
    return true;
  }

  /** A new value; `alias` is another handle to the same tensor. */
  add({ handle, shape }: RecordedTensor, alias = handle): GraphValue {
    const value = { id: handle, shape };
    this.#byHandle.set(handle, value).set(alias, value);
    return value;
  }

  /** The value that a handle holds; a tensor from outside the recording is a constant. */
  read(tensor: RecordedTensor): GraphValue {
    return this.#byHandle.get(tensor.handle) ?? this.add(tensor);
  }
}

function nodeOf(call: RecordedCall, values: Values): GraphNode {
  const { kind, roles = {}, isHomogeneous = false } = kindOf(call.operator);
  const tensors: Partial<Record<Role, string>> = {};
  for (const role of Object.keys(roles) as Role[]) {
    const name = nameOf(call.arguments[roles[role] ?? Number.NaN], values);
    if (name !== undefined) tensors[role] = name;
  }
  const taken = call.arguments.flatMap(tensorsIn);
  const ownTensors = taken.flatMap(({ handle }) => values.ownTensors.get(handle) ?? []);
  const [owned] = ownTensors;
  const inputs = taken.filter(({ handle }) => !values.ownTensors.has(handle)).map((tensor) => values.read(tensor).id);
  const [first] = call.results;
  const target = call.operator.endsWith("_") ? taken[0]?.handle : undefined;
  const outputs = call.results.map((result) => values.add(result, result === first ? target : undefined));
  return { kind, isHomogeneous, ownTensors, tensors, layer: owned && layerOf(owned), inputs, outputs, call };
}

function nameOf(argument: RecordedValue, values: Values): string | undefined {
  const [tensor] = tensorsIn(argument);
  return tensor && values.ownTensors.get(tensor.handle);
}

/** The tensors of an argument: itself, or those of a list. */
function tensorsIn(argument: RecordedValue): RecordedTensor[] {
  if (Array.isArray(argument)) return argument.flatMap(tensorsIn);
  return isTensor(argument) ? [argument] : [];
}

function isTensor(argument: RecordedValue): argument is RecordedTensor {
  return typeof argument === "object" && argument !== null && "handle" in argument;
}
