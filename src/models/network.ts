import type { Module } from "../nn/module.js";
import type { MemoryFormat } from "../tensor/shape.js";
import type { ActivationPolicy } from "./activation-policy.js";
import type { SearchPolicy } from "./search-policy.js";

export interface NetworkOptions {
  readonly numClasses: number;
  /** Channels of the images; 3 by default. */
  readonly channels?: number;
  /** Height and width of the images, pixels; by default as in the data that the network was published for. */
  readonly imageSize?: readonly [height: number, width: number];
  /** Which weights are searched; `null` for a float network. */
  readonly search: SearchPolicy | null;
  /** Which activations are quantized; `null` or omitted for a float network. */
  readonly activations?: ActivationPolicy | null;
}

/** Heights and widths of images, pixels. */
export type ImageSizes = { readonly exactly: number } | { readonly atLeast: number } | { readonly multipleOf: number };

/** A network: how it is built, and what is to be known of it before. */
export interface NetworkFamily {
  /** Builds the network, initialized from LibTorch's generator: images `[N, C, H, W]` → logits `[N, numClasses]`. */
  readonly build: (options: NetworkOptions) => Module;
  /** Image heights and widths that the network accepts, pixels. */
  readonly imageSize: ImageSizes;
  /** The data that the network was published for: image height and width, pixels, numbers of classes and of channels, 3 by default. */
  readonly madeFor: { readonly imageSize: number; readonly numClasses: number; readonly channels?: number };
  /** The built-in training config, of json/training, that it is trained with by default. */
  readonly defaultConfig: string;
  /** The memory layout of images that measured fastest for training on a CPU (benchmarks/). */
  readonly memoryFormat: MemoryFormat;
  /** The scale of searched weights under `weightScale` auto; by default a layer has one where no normalization follows. */
  readonly weightScale?: "none";
  /** Why its activations cannot have 1 bit; omitted where they can. */
  readonly noBinaryActivations?: string;
  /** Why its activations cannot be quantized at all; omitted where they can. */
  readonly noQuantizedActivations?: string;
}

/** Networks by their names: what a file of src/models exports. */
export type NetworkFamilies = Readonly<Record<string, NetworkFamily>>;

/** A network of one's own, the default export of a file for `-a ./file.js`: only its name and `build` are required. */
export interface NetworkDefinition extends Partial<Omit<NetworkFamily, "noQuantizedActivations">> {
  readonly name: string;
  readonly build: NetworkFamily["build"];
  /** Whether `build` follows the option `activations`; not by default. */
  readonly quantizesActivations?: boolean;
}

/** What a definition leaves out. */
const DEFAULTS: Omit<NetworkFamily, "build"> = {
  imageSize: { atLeast: 1 },
  madeFor: { imageSize: 32, numClasses: 10 },
  defaultConfig: "resnet20-30",
  memoryFormat: "channels_last",
};

/** A definition with its defaults. */
export function familyOf({ name: _, quantizesActivations = false, ...definition }: NetworkDefinition): NetworkFamily {
  const noQuantizedActivations = "whose definition does not set quantizesActivations";
  return { ...DEFAULTS, ...definition, ...(quantizesActivations ? {} : { noQuantizedActivations }) };
}
