// What a layer is to its network, found in the graph of what the network computes, whatever its layers are called.
import type { Graph, GraphNode } from "./trace.js";

/** The convolutions and linear layers that multiply by a weight, by its name. */
export function weightedNodes({ nodes }: Graph, weight: string): GraphNode[] {
  return nodes.filter(
    ({ kind, tensors }) => (kind === "convolution" || kind === "linear") && tensors.weight === weight,
  );
}

/**
 * The normalization that alone sees what a node puts out, so that its statistics can take in a factor s > 0 of that. Between the
 * two there may be what passes a factor on: a pooling, a ReLU, a reshape.
 *
 * @returns undefined where there is none, or where it normalizes something else too
 */
export function followingNorm({ nodes, output }: Graph, node: GraphNode): GraphNode | undefined {
  let [value] = node.outputs;
  while (value !== undefined && value.id !== output.id) {
    const { id } = value;
    const [next, ...others] = nodes.filter(({ inputs }) => inputs.includes(id));
    if (next === undefined || others.length > 0 || next.inputs.length > 1) return undefined;
    if (next.kind === "normalization") {
      return nodes.filter(({ layer }) => layer === next.layer).length === 1 ? next : undefined;
    }
    if (!next.isHomogeneous) return undefined;
    [value] = next.outputs;
  }
  return undefined;
}

/**
 * The layer that gives a network's output: its last convolution or linear layer, where only nodes that take a single value follow,
 * such as a pooling, a reshape or a softmax.
 *
 * @returns undefined where the output is computed otherwise, as from two layers
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
