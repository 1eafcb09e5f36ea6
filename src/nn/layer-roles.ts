// The roles of layers, read from the traced graph rather than from names.
import type { Graph, GraphNode } from "./trace.js";

/** Finds the convolutions and linear layers that use a weight, given by name. */
export function weightedNodes({ nodes }: Graph, weight: string): GraphNode[] {
  return nodes.filter(
    ({ kind, tensors }) => (kind === "convolution" || kind === "linear") && tensors.weight === weight,
  );
}

/**
 * Finds the normalization whose running statistics can absorb a factor s > 0 on a node's output: the output's only
 * consumer, directly or behind homogeneous nodes such as a pooling, a ReLU or a reshape.
 *
 * @param passes whether a node passes the factor on; by default homogeneous ones do
 * @returns undefined if there is none, or if it normalizes another output too
 */
export function followingNorm(
  { nodes, output }: Graph,
  node: GraphNode,
  passes = ({ isHomogeneous }: GraphNode) => isHomogeneous,
): GraphNode | undefined {
  let [value] = node.outputs;
  while (value !== undefined && value.id !== output.id) {
    const { id } = value;
    const [next, ...others] = nodes.filter(({ inputs }) => inputs.includes(id));
    if (next === undefined || others.length > 0 || next.inputs.length > 1) return undefined;
    if (next.kind === "normalization") {
      return nodes.filter(({ layer }) => layer === next.layer).length === 1 ? next : undefined;
    }
    if (!passes(next)) return undefined;
    [value] = next.outputs;
  }
  return undefined;
}

/**
 * Whether the scale of a weight, given by name, has no effect on the network's output: wherever it is used, a
 * normalization of its own follows (`followingNorm`), or a layer normalization directly.
 */
export function isScaleAbsorbed(graph: Graph, weight: string): boolean {
  const nodes = weightedNodes(graph, weight);
  return (
    nodes.length > 0 &&
    nodes.every((node) => followingNorm(graph, node, passerOf(node)) !== undefined || precedesLayerNorm(graph, node))
  );
}

/** What passes a scale on. A bias is not scaled along: it cancels in the normalization, but not behind a ReLU. */
function passerOf({ tensors }: GraphNode): (node: GraphNode) => boolean {
  return ({ isHomogeneous, kind }) => isHomogeneous && (tensors.bias === undefined || kind !== "activation");
}

function precedesLayerNorm({ nodes }: Graph, { outputs: [output], tensors }: GraphNode): boolean {
  const consumers = nodes.filter(({ inputs }) => output !== undefined && inputs.includes(output.id));
  return tensors.bias === undefined && consumers.length === 1 && consumers[0]?.kind === "layer-normalization";
}

/**
 * Finds the layer that produces a network's output: a convolution or linear layer that only nodes without tensors and
 * with one input follow, such as a pooling, a reshape or a softmax.
 *
 * @returns undefined if there is none, as where two layers' outputs are added
 */
export function classifierOf({ nodes, output }: Graph): GraphNode | undefined {
  let { id } = output;
  for (const node of nodes.toReversed()) {
    if (!node.outputs.some((value) => value.id === id)) continue;
    if ((node.kind === "convolution" || node.kind === "linear") && node.tensors.weight !== undefined) return node;
    const [input] = node.inputs;
    if (input === undefined || node.inputs.length > 1 || node.layer !== undefined) return undefined;
    id = input;
  }
  return undefined;
}
