import { type PackedModel, packModel } from "../formats/packed/packed-model.js";
import { type SafetensorsEntry, safetensorsSizeBytes } from "../formats/safetensors.js";
import type { ActivationPolicy } from "../models/activation-policy.js";
import type { NetworkFamily } from "../models/registry.js";
import type { SearchPolicy } from "../models/search-policy.js";
import { quantizedState } from "../nn/state-dict.js";
import { layerOf, trace } from "../nn/trace.js";
import { toEntries } from "../tensor/entries.js";
import { scope } from "../tensor/tensor.js";
import { type LayerSummary, layerSummaries, packedBytes, sum, type TracedNetwork } from "./layer-summary.js";

/** Quantized activations. */
export interface ActivationSummary {
  readonly bits: number;
  /** Places at which they are quantized. */
  readonly count: number;
  readonly parameters: number;
  readonly sizeBytes: number;
}

/** A network as a table: its layers, and what they come to. */
export interface NetworkSummary {
  readonly arch: string;
  readonly numClasses: number;
  /** Height and width of the image that the output shapes and multiply-adds are for, pixels. */
  readonly imageSize: number;
  readonly search: SearchPolicy | null;
  /** Where activations are quantized, all places together, with their trained clips; `null` where they are float. */
  readonly activations: ActivationSummary | null;
  readonly layers: readonly LayerSummary[];
  /** All batch normalizations together; their running statistics count towards the size. */
  readonly batchNorms: { readonly count: number; readonly parameters: number; readonly sizeBytes: number };
  readonly parameters: { readonly searched: number; readonly float: number; readonly total: number };
  readonly multiplyAdds: number;
  /** Mean over the weights of all layers, as packed.safetensors counts them. */
  readonly bitsPerWeight: number;
  /** The same over the searched weights alone; 0 without any. */
  readonly searchedBitsPerWeight: number;
  /** Of the tensors as they are packed; the sum over layers, batch normalizations and clips. */
  readonly sizeBytes: number;
  /** Of the packed file of these tensors, header included; `null` for a float network, which is not packed. */
  readonly packedFileBytes: number | null;
  /** Of the file of the plain float32 network, header included. */
  readonly floatFileBytes: number;
}

export interface SummaryRequest {
  readonly arch: string;
  readonly family: NetworkFamily;
  readonly numClasses: number;
  readonly imageSize: number;
  readonly search: SearchPolicy | null;
  readonly activations?: ActivationPolicy | null;
}

/**
 * Builds the network, runs it once on an image and adds up what it computes.
 * @throws InputError naming the weight whose multiply-adds cannot be counted
 */
export function summarize({
  arch,
  family,
  numClasses,
  imageSize,
  search,
  activations = null,
}: SummaryRequest): NetworkSummary {
  return scope(() => {
    // Which layers are searched does not depend on the values, but memory does: K logits a weight. Two are the fewest.
    const network = family.build({ numClasses, search: search && { ...search, values: [-1, 1] }, activations });
    const valuesOf = new Map(
      [...network.namedSearchedWeights()].map(([layer]) => [`${layer}.weight`, search?.values ?? []] as const),
    );
    const entries = toEntries(quantizedState(network));
    const packed = pack(entries, valuesOf);
    const traced = { arch, network, graph: trace(network, [3, imageSize, imageSize]), packed, valuesOf };
    const layers = layerSummaries(traced);
    const searched = sum([...network.namedSearchedWeights()].map(([, { weight }]) => weight.size));
    const float = sum([...network.namedParameters()].map(([, { size }]) => size));
    return {
      arch,
      numClasses,
      imageSize,
      search,
      activations: activations && { bits: activations.bits, ...quantizations(traced) },
      layers,
      batchNorms: batchNorms(traced),
      parameters: { searched, float, total: searched + float },
      multiplyAdds: sum(layers.map(({ multiplyAdds }) => multiplyAdds)),
      bitsPerWeight: packed.bitsPerWeight,
      searchedBitsPerWeight: packed.searchedBitsPerWeight,
      sizeBytes: sum([...packed.tensors.values()].map(({ data }) => data.length)),
      packedFileBytes: search === null ? null : packed.sizeBytes,
      floatFileBytes: safetensorsSizeBytes(entries),
    };
  });
}

/** The packed model as training would leave it, every searched weight the first of its values. */
function pack(
  entries: ReadonlyMap<string, SafetensorsEntry>,
  valuesOf: ReadonlyMap<string, readonly number[]>,
): PackedModel {
  const tensors = new Map(entries);
  const searched = new Map<string, readonly number[]>();
  for (const [name, values] of valuesOf) {
    const entry = entries.get(name);
    if (entry === undefined) throw new RangeError(`there is no tensor ${name}`);
    const weights = new Float32Array(entry.data.length / Float32Array.BYTES_PER_ELEMENT).fill(values[0] ?? Number.NaN);
    tensors.set(name, { ...entry, data: new Uint8Array(weights.buffer) });
    searched.set(name, values);
  }
  return packModel(tensors, searched);
}

function batchNorms({ network, graph, packed }: TracedNetwork): NetworkSummary["batchNorms"] {
  const layers = new Set(graph.nodes.flatMap(({ kind, layer }) => (kind === "normalization" ? (layer ?? []) : [])));
  const isOfNorm = (name: string) => layers.has(layerOf(name));
  return {
    count: layers.size,
    parameters: sum([...network.namedParameters()].map(([name, { size }]) => (isOfNorm(name) ? size : 0))),
    sizeBytes: packedBytes(packed, isOfNorm),
  };
}

function quantizations({ network, graph, packed }: TracedNetwork): Omit<ActivationSummary, "bits"> {
  const nodes = graph.nodes.filter(({ kind }) => kind === "quantization");
  const clips = new Set(nodes.flatMap(({ tensors }) => tensors.clip ?? []));
  return {
    count: nodes.length,
    parameters: sum([...network.namedParameters()].map(([name, { size }]) => (clips.has(name) ? size : 0))),
    sizeBytes: packedBytes(packed, (name) => clips.has(name)),
  };
}
