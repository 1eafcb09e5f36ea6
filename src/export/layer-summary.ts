import { bitsPerIndex } from "../formats/packed/bits.js";
import type { PackedModel } from "../formats/packed/packed-model.js";
import { weightedNodes } from "../nn/layer-roles.js";
import type { Module } from "../nn/module.js";
import { type Graph, type GraphNode, layerOf } from "../nn/trace.js";
import type { Tensor } from "../tensor/tensor.js";
import { InputError } from "../text/errors.js";

const FLOAT_BITS = 32;

/** A convolution or a linear layer. */
export interface LayerSummary {
  readonly name: string;
  readonly kind: "Conv2d" | "Linear";
  readonly weightShape: readonly number[];
  /** For one image, without the dimension of the batch; of a layer that runs several times, the first time. */
  readonly outputShape: readonly number[];
  /** Weights and biases. */
  readonly parameters: number;
  /** The value set that the weight is searched over; `null` for a float weight. */
  readonly values: readonly number[] | null;
  readonly bitsPerWeight: number;
  /** Of the layer's tensors in a packed file: weight, value set, bias. */
  readonly sizeBytes: number;
  /** Multiply-adds for one image, the bias's not counted. */
  readonly multiplyAdds: number;
}

/** A network, what it computes, and its tensors as a packed file has them. */
export interface TracedNetwork {
  readonly arch: string;
  readonly network: Module;
  readonly graph: Graph;
  readonly packed: PackedModel;
  /** The value sets of searched weights, by their names. */
  readonly valuesOf: ReadonlyMap<string, readonly number[]>;
}

/**
 * Summarizes the layers with a weight, in the order in which they were registered.
 * @throws InputError naming the network and a weight that is used otherwise than by a convolution or a linear layer
 */
export function layerSummaries(traced: TracedNetwork): LayerSummary[] {
  const leaves = [...traced.network.namedLeaves()];
  const sizes = new Map(leaves.map(([name, { size }]) => [name, size]));
  return leaves
    .filter(([name, { shape }]) => shape.length > 1 || traced.valuesOf.has(name))
    .map(([name, weight]) => layerSummary(name, weight, sizes, traced));
}

function layerSummary(
  name: string,
  { shape, size }: Tensor,
  sizes: ReadonlyMap<string, number>,
  traced: TracedNetwork,
): LayerSummary {
  const { graph, packed, valuesOf } = traced;
  const nodes = weightedNodes(graph, name);
  const [node] = nodes;
  if (node === undefined) throw notCounted(name, shape, traced);
  const layer = layerOf(name);
  const bias = node.tensors.bias ?? "";
  const values = valuesOf.get(name) ?? null;
  const valueSet = values === null ? "" : `${layer}.qvals`;
  return {
    name: layer,
    kind: node.kind === "convolution" ? "Conv2d" : "Linear",
    weightShape: shape,
    outputShape: outputShape(node).slice(1),
    parameters: size + (sizes.get(bias) ?? 0),
    values,
    bitsPerWeight: values === null ? FLOAT_BITS : bitsPerIndex(values.length),
    sizeBytes: packedBytes(
      packed,
      (tensor) => [name, bias, valueSet].includes(tensor) || tensor.startsWith(`${name}.`),
    ),
    multiplyAdds: sum(nodes.map((each) => multiplyAdds(each, shape))),
  };
}

/** An output of each of O channels sums over the inputs of a weight `[O, …inputs]`. */
function multiplyAdds(node: GraphNode, [, ...inputs]: readonly number[]): number {
  return product(outputShape(node)) * product(inputs);
}

function outputShape({ outputs: [output] }: GraphNode): readonly number[] {
  return output?.shape ?? [];
}

function notCounted(name: string, shape: readonly number[], { arch, graph: { nodes } }: TracedNetwork): InputError {
  const users = nodes.filter(({ ownTensors }) => ownTensors.includes(name)).map(({ call }) => call.operator);
  return new InputError(
    `${arch}: tensor "${name}": expected the weight of a convolution or a linear layer, to count its multiply-adds, ` +
      `found shape [${shape}] used by ${users.length === 0 ? "no operator" : [...new Set(users)].join(", ")}`,
  );
}

/** The bytes of the tensors of a packed file whose names a test picks. */
export function packedBytes({ tensors }: PackedModel, picks: (name: string) => boolean): number {
  return sum([...tensors].map(([name, { data }]) => (picks(name) ? data.length : 0)));
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function product(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total * number, 1);
}
