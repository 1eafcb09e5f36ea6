import { bitsPerIndex } from "../formats/packed/bits.js";
import { type PackedModel, packModel } from "../formats/packed/packed-model.js";
import { type SafetensorsEntry, safetensorsSizeBytes } from "../formats/safetensors.js";
import type { ActivationPolicy } from "../models/activation-policy.js";
import type { NetworkFamily } from "../models/registry.js";
import type { SearchPolicy } from "../models/search-policy.js";
import { BatchNorm2d } from "../nn/batch-norm.js";
import { Conv2d } from "../nn/conv2d.js";
import { Linear } from "../nn/linear.js";
import type { Module } from "../nn/module.js";
import { outputShapes } from "../nn/output-shapes.js";
import { QuantizedActivation } from "../nn/quantized-activation.js";
import { quantizedState } from "../nn/state-dict.js";
import { zeros } from "../tensor/create.js";
import { toEntries } from "../tensor/entries.js";
import { scope } from "../tensor/tensor.js";

const FLOAT_BITS = 32;

/** A convolution or a linear layer. */
export interface LayerSummary {
  readonly name: string;
  readonly kind: "Conv2d" | "Linear";
  readonly weightShape: readonly number[];
  /** For one image, without the dimension of the batch. */
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

/** Builds the network and adds it up. */
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
      [...network.namedSearchedWeights()].map(([layer]) => [layer, search?.values ?? []] as const),
    );
    const entries = toEntries(quantizedState(network));
    const packed = pack(entries, valuesOf);
    const layers = layersOf(network, imageSize, valuesOf, packed);
    const batchNorms = batchNormsOf(network, packed);
    const searched = sum([...network.namedSearchedWeights()].map(([, { weight }]) => weight.size));
    const float = sum([...network.namedParameters()].map(([, { size }]) => size));
    return {
      arch,
      numClasses,
      imageSize,
      search,
      activations: activations && { bits: activations.bits, ...activationsOf(network, packed) },
      layers,
      batchNorms,
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
  for (const [layer, values] of valuesOf) {
    const name = `${layer}.weight`;
    const entry = entries.get(name);
    if (entry === undefined) throw new RangeError(`there is no tensor ${name}`);
    const weights = new Float32Array(entry.data.length / Float32Array.BYTES_PER_ELEMENT).fill(values[0] ?? Number.NaN);
    tensors.set(name, { ...entry, data: new Uint8Array(weights.buffer) });
    searched.set(name, values);
  }
  return packModel(tensors, searched);
}

function layersOf(
  network: Module,
  imageSize: number,
  valuesOf: ReadonlyMap<string, readonly number[]>,
  packed: PackedModel,
): LayerSummary[] {
  const shapes = outputShapes(network, zeros([1, 3, imageSize, imageSize]));
  const layers: LayerSummary[] = [];
  for (const [name, module] of network.namedModules()) {
    if (!(module instanceof Conv2d || module instanceof Linear)) continue;
    const { weight } = module;
    const outputShape = shapes.get(name)?.slice(1) ?? [];
    const [, ...pixels] = outputShape;
    const values = valuesOf.get(name) ?? null;
    layers.push({
      name,
      kind: module instanceof Conv2d ? "Conv2d" : "Linear",
      weightShape: weight.shape,
      outputShape,
      parameters: weight.size + (module instanceof Linear ? module.bias.size : 0),
      values,
      bitsPerWeight: values === null ? FLOAT_BITS : bitsPerIndex(values.length),
      sizeBytes: packedBytesOf(packed, name),
      multiplyAdds: pixels.reduce((product, length) => product * length, weight.size),
    });
  }
  return layers;
}

function batchNormsOf(network: Module, packed: PackedModel): NetworkSummary["batchNorms"] {
  const found = [...network.namedModules()].flatMap(([name, module]) =>
    module instanceof BatchNorm2d ? [{ name, parameters: module.weight.size + module.bias.size }] : [],
  );
  return {
    count: found.length,
    parameters: sum(found.map(({ parameters }) => parameters)),
    sizeBytes: sum(found.map(({ name }) => packedBytesOf(packed, name))),
  };
}

function activationsOf(network: Module, packed: PackedModel): Omit<ActivationSummary, "bits"> {
  const found = [...network.namedModules()].filter(([, module]) => module instanceof QuantizedActivation);
  const clips = found.flatMap(([, module]) => [...module.namedParameters()].map(([, { size }]) => size));
  const sizeBytes = sum(found.map(([name]) => packedBytesOf(packed, name)));
  return { count: found.length, parameters: sum(clips), sizeBytes };
}

/** The bytes of a layer's tensors in the packed file. */
function packedBytesOf({ tensors }: PackedModel, layer: string): number {
  return sum([...tensors].map(([name, { data }]) => (name.startsWith(`${layer}.`) ? data.length : 0)));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
