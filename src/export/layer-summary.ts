import { bitsPerIndex } from "../formats/packed/bits.js";
import type { PackedModel } from "../formats/packed/packed-model.js";
import { weightedNodes } from "../nn/layer-roles.js";
import type { Module } from "../nn/module.js";
import type { NodeKind } from "../nn/operator-kinds.js";
import { type Graph, type GraphNode, layerOf } from "../nn/trace.js";
import type { Tensor } from "../tensor/tensor.js";
import { InputError } from "../text/errors.js";

const FLOAT_BITS = 32;

/** A layer with a weight, or a parameter that is added or appended to features, such as a position embedding. */
export interface LayerSummary {
  readonly name: string;
  readonly kind: "Conv1d" | "Conv2d" | "Linear" | "Embedding" | "Parameter";
  readonly weightShape: readonly number[];
  /** For one image, without the dimension of the batch; of a layer that runs several times, the first time. */
  readonly outputShape: readonly number[];
  /** Weights, biases and trained scales. */
  readonly parameters: number;
  /** The value set that the weight is searched over; `null` for a float weight. */
  readonly values: readonly number[] | null;
  readonly bitsPerWeight: number;
  /** Of the layer's tensors in a packed file: weight, value set, scale, bias. */
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
 * @throws InputError naming the network and a weight that is used otherwise than by one of the kinds of layers
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
  const nodes = countedNodes(graph, name);
  const [node] = nodes;
  if (node === undefined) throw notCounted(name, shape, traced);
  const kind = layerKind(node, shape);
  const layer = layerOf(name);
  const bias = node.tensors.bias ?? "";
  const values = valuesOf.get(name) ?? null;
  const besides = values === null ? [] : [`${layer}.qvals`, `${layer}.scale`];
  return {
    name: kind === "Parameter" ? name : layer,
    kind,
    weightShape: shape,
    outputShape: outputShape(node).slice(1),
    parameters: size + (sizes.get(bias) ?? 0) + (values === null ? 0 : (sizes.get(`${layer}.scale`) ?? 0)),
    values,
    bitsPerWeight: values === null ? FLOAT_BITS : bitsPerIndex(values.length),
    sizeBytes: packedBytes(
      packed,
      (tensor) => [name, bias, ...besides].includes(tensor) || tensor.startsWith(`${name}.`),
    ),
    multiplyAdds: sum(nodes.map((each) => multiplyAdds(each, shape))),
  };
}

/** The nodes that use a parameter in a way that can be counted. */
function countedNodes(graph: Graph, name: string): GraphNode[] {
  const weighted = weightedNodes(graph, name);
  if (weighted.length > 0) return weighted;
  return graph.nodes.filter(
    ({ kind, tensors, ownTensors }) =>
      (kind === "embedding" && tensors.weight === name) || (JOINS.has(kind) && ownTensors.includes(name)),
  );
}

/** What only adds or appends a parameter. */
const JOINS: ReadonlySet<NodeKind> = new Set(["addition", "concatenation"]);

function layerKind({ kind }: GraphNode, { length }: readonly number[]): LayerSummary["kind"] {
  if (kind === "convolution") return length === 3 ? "Conv1d" : "Conv2d";
  if (kind === "linear") return "Linear";
  return kind === "embedding" ? "Embedding" : "Parameter";
}

/** An output of each of O channels sums over the inputs of a weight `[O, …inputs]`; a row that is looked up is none. */
function multiplyAdds(node: GraphNode, [, ...inputs]: readonly number[]): number {
  const sums = node.kind === "convolution" || node.kind === "linear";
  return sums ? product(outputShape(node)) * product(inputs) : 0;
}

/** Multiply-adds for one image of the products in attention, which have no weights: q kᵀ and its softmax times v. */
export function attentionMultiplyAdds({ nodes }: Graph): number {
  return sum(
    nodes.map(({ kind, call }) => {
      if (kind !== "attention") return 0;
      const [left, right] = call.arguments.map((argument) =>
        typeof argument === "object" && argument !== null && "shape" in argument ? argument.shape : [],
      );
      if (left === undefined || right === undefined) return 0;
      // Of a fused operator queries [N, H, T, D] and keys [N, H, S, D]; of a product [N, H, T, D] and [N, H, D, S].
      const isProduct = call.operator === "aten::matmul";
      return isProduct ? product(left) * (right.at(-1) ?? 0) : 2 * product(left) * (right.at(-2) ?? 0);
    }),
  );
}

function outputShape({ outputs: [output] }: GraphNode): readonly number[] {
  return output?.shape ?? [];
}

function notCounted(name: string, shape: readonly number[], { arch, graph: { nodes } }: TracedNetwork): InputError {
  const users = nodes.filter(({ ownTensors }) => ownTensors.includes(name)).map(({ call }) => call.operator);
  return new InputError(
    `${arch}: tensor "${name}": expected the weight of a convolution, a linear layer or an embedding, or a parameter that is added, to count its multiply-adds, ` +
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
