import { type PackedModel, packModel } from "../formats/packed/packed-model.js";
import { type SafetensorsEntry, safetensorsSizeBytes } from "../formats/safetensors.js";
import type { ActivationPolicy } from "../models/activation-policy.js";
import type { NetworkFamily } from "../models/network.js";
import type { SearchPolicy } from "../models/search-policy.js";
import { chooseScales } from "../nn/choose-scales.js";
import type { NodeKind } from "../nn/operator-kinds.js";
import { unscaledState } from "../nn/state-dict.js";
import { layerOf, trace } from "../nn/trace.js";
import { toEntries } from "../tensor/entries.js";
import { scope } from "../tensor/tensor.js";
import {
  attentionMultiplyAdds,
  type LayerSummary,
  layerSummaries,
  packedBytes,
  sum,
  type TracedNetwork,
} from "./layer-summary.js";

/** Quantized activations. */
export interface ActivationSummary {
  readonly bits: number;
  /** Number of quantizers. */
  readonly count: number;
  readonly parameters: number;
  readonly sizeBytes: number;
}

/** Normalizations of one kind. */
export interface NormalizationSummary {
  readonly count: number;
  readonly parameters: number;
  readonly sizeBytes: number;
}

/** A network's layers and totals. */
export interface NetworkSummary {
  readonly arch: string;
  readonly numClasses: number;
  /** Of the images. */
  readonly channels: number;
  /** Image height and width for the output shapes and multiply-adds, pixels. */
  readonly imageSize: number;
  readonly search: SearchPolicy | null;
  /** Totals of all activation quantizers with their trained clips; `null` for float activations. */
  readonly activations: ActivationSummary | null;
  readonly layers: readonly LayerSummary[];
  /** Totals of all batch normalizations; the size includes their running statistics. */
  readonly batchNorms: NormalizationSummary;
  /** Totals of all layer normalizations. */
  readonly layerNorms: NormalizationSummary;
  readonly parameters: { readonly searched: number; readonly float: number; readonly total: number };
  /** For one image: those of the layers, and of attention. */
  readonly multiplyAdds: number;
  /** Mean over the weights of all layers, as in the packed file. */
  readonly bitsPerWeight: number;
  /** Mean over the searched weights; 0 without any. */
  readonly searchedBitsPerWeight: number;
  /** Size of the packed tensors: the sum over layers, normalizations and clips. */
  readonly sizeBytes: number;
  /** Size of the packed file with its header; `null` for a float network, which is not packed. */
  readonly packedFileBytes: number | null;
  /** Size of the float32 file with its header. */
  readonly floatFileBytes: number;
}

export interface SummaryRequest {
  readonly arch: string;
  readonly family: NetworkFamily;
  readonly numClasses: number;
  readonly imageSize: number;
  /** Of the images; 3 by default. */
  readonly channels?: number;
  readonly search: SearchPolicy | null;
  readonly activations?: ActivationPolicy | null;
}

/**
 * Builds a network, traces it on one image and summarizes its layers.
 * @throws InputError naming the weight whose multiply-adds cannot be counted
 */
export function summarize({
  arch,
  family,
  numClasses,
  imageSize,
  channels = 3,
  search,
  activations = null,
}: SummaryRequest): NetworkSummary {
  return scope(() => {
    // K values take K logits a weight in memory; which layers are searched does not depend on K, so two values do.
    const network = family.build({
      numClasses,
      channels,
      imageSize: [imageSize, imageSize],
      search: search && { ...search, values: [-1, 1] },
      activations,
    });
    const imageShape = [channels, imageSize, imageSize];
    chooseScales(network, { imageShape, scale: family.weightScale ?? "auto", isTrained: true });
    const valuesOf = new Map(
      [...network.namedSearchedWeights()].map(([layer]) => [`${layer}.weight`, search?.values ?? []] as const),
    );
    const entries = toEntries(unscaledState(network));
    const scaled = [...network.namedSearchedWeights()].flatMap(([layer, { scale }]) =>
      scale === null ? [] : `${layer}.weight`,
    );
    const packed = pack(entries, valuesOf, new Set(scaled));
    const traced = { arch, network, graph: trace(network, imageShape), packed, valuesOf };
    const layers = layerSummaries(traced);
    const searched = sum([...network.namedSearchedWeights()].map(([, { weight }]) => weight.size));
    const float = sum([...network.namedParameters()].map(([, { size }]) => size));
    return {
      arch,
      numClasses,
      channels,
      imageSize,
      search,
      activations: activations && { bits: activations.bits, ...quantizations(traced) },
      layers,
      batchNorms: normalizations(traced, "normalization"),
      layerNorms: normalizations(traced, "layer-normalization"),
      parameters: { searched, float, total: searched + float },
      multiplyAdds: sum(layers.map(({ multiplyAdds }) => multiplyAdds)) + attentionMultiplyAdds(traced.graph),
      bitsPerWeight: packed.bitsPerWeight,
      searchedBitsPerWeight: packed.searchedBitsPerWeight,
      sizeBytes: sum([...packed.tensors.values()].map(({ data }) => data.length)),
      packedFileBytes: search === null ? null : packed.sizeBytes,
      floatFileBytes: safetensorsSizeBytes(entries),
    };
  });
}

/** Packs the model with every searched weight set to its first value: sizes do not depend on the weights. */
function pack(
  entries: ReadonlyMap<string, SafetensorsEntry>,
  valuesOf: ReadonlyMap<string, readonly number[]>,
  scaled: ReadonlySet<string>,
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
  return packModel(tensors, searched, scaled);
}

function normalizations({ network, graph, packed }: TracedNetwork, wanted: NodeKind): NormalizationSummary {
  const layers = new Set(graph.nodes.flatMap(({ kind, layer }) => (kind === wanted ? (layer ?? []) : [])));
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
