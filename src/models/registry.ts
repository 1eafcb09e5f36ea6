import type { Module } from "../nn/module.js";
import { MAX_ACTIVATION_BITS } from "../nn/quantized-activation.js";
import type { MemoryFormat } from "../tensor/shape.js";
import { InputError } from "../text/errors.js";
import { didYouMean } from "../text/suggest.js";
import type { ActivationPolicy } from "./activation-policy.js";
import { NO_BINARY_BOTTLENECKS, ResNet } from "./resnet.js";
import { ResNetCifar } from "./resnet-cifar.js";
import type { SearchPolicy } from "./search-policy.js";
import { VggSmall } from "./vgg-small.js";

export interface NetworkOptions {
  readonly numClasses: number;
  /** Which weights are searched; `null` for a float network. */
  readonly search: SearchPolicy | null;
  /** Which activations are quantized; `null` or omitted for a float network. */
  readonly activations?: ActivationPolicy | null;
}

export interface NetworkFamily {
  /** Builds the network, initialized from LibTorch's generator. */
  readonly build: (options: NetworkOptions) => Module;
  /** Image heights and widths that the network accepts, pixels. */
  readonly imageSize: { readonly exactly: number } | { readonly atLeast: number };
  /** The data that the network was published for: image height and width, pixels, and number of classes. */
  readonly madeFor: { readonly imageSize: number; readonly numClasses: number };
  /** The built-in training config, of json/training, that it is trained with by default. */
  readonly defaultConfig: string;
  /** The memory layout of images that measured fastest for training on a CPU (benchmarks/). */
  readonly memoryFormat: MemoryFormat;
  /** The scale of searched weights under `weightScale` auto; by default a layer has one where no normalization follows. */
  readonly weightScale?: "none";
  /** Why its activations cannot have 1 bit; omitted where they can. */
  readonly noBinaryActivations?: string;
}

const CIFAR10 = { imageSize: 32, numClasses: 10 };
const IMAGENET = { imageSize: 224, numClasses: 1000 };

// Five halvings of 32 pixels leave one. Channels-last is about 15 % faster at 224×224 pixels, about 5 % slower at
// 64×64.
const RESNET = {
  imageSize: { atLeast: 32 },
  madeFor: IMAGENET,
  defaultConfig: "resnet18-120",
  memoryFormat: "channels_last",
  weightScale: "none",
} as const;

/** Every network by name. To add one, see CONTRIBUTING.md. */
export const networks: ReadonlyMap<string, NetworkFamily> = new Map<string, NetworkFamily>([
  [
    "vgg_small",
    {
      build: (options) => new VggSmall(options),
      imageSize: { exactly: 32 },
      madeFor: CIFAR10,
      defaultConfig: "vggsmall-200",
      memoryFormat: "channels_last",
      weightScale: "none",
    },
  ],
  [
    "resnet20",
    {
      build: (options) => new ResNetCifar({ blocks: 3, ...options }),
      // Two halvings leave two.
      imageSize: { atLeast: 8 },
      madeFor: CIFAR10,
      defaultConfig: "resnet20-200",
      memoryFormat: "channels_last",
      weightScale: "none",
    },
  ],
  ["resnet18", { build: (options) => new ResNet({ depth: 18, ...options }), ...RESNET }],
  ["resnet34", { build: (options) => new ResNet({ depth: 34, ...options }), ...RESNET }],
  [
    "resnet50",
    {
      build: (options) => new ResNet({ depth: 50, ...options }),
      ...RESNET,
      noBinaryActivations: NO_BINARY_BOTTLENECKS,
    },
  ],
]);

/** The network of a name. Throws InputError, with the nearest name, when there is none. */
export function networkFamily(name: string): NetworkFamily {
  const family = networks.get(name);
  if (family !== undefined) return family;
  const names = [...networks.keys()];
  throw new InputError(
    `\`network\`: expected one of ${names.join(", ")}, received "${name}"${didYouMean(name, names)}`,
  );
}

/**
 * Checks that a network accepts images of this size, pixels.
 * @throws InputError naming the network `arch`, the sizes it takes and the size found
 */
export function checkImageSize({ imageSize }: NetworkFamily, arch: string, height: number, width: number): void {
  const [fits, expected] =
    "exactly" in imageSize
      ? [height === imageSize.exactly && width === imageSize.exactly, imageSize.exactly]
      : [height >= imageSize.atLeast && width >= imageSize.atLeast, imageSize.atLeast];
  if (fits) return;
  const least = "exactly" in imageSize ? "" : "at least ";
  throw new InputError(
    `\`network\`: network ${arch} expects images of ${least}${expected}×${expected} pixels, found ${height}×${width}`,
  );
}

/**
 * Checks that a network supports this number of activation bits; `null`: float activations.
 * @param where names the source of the bits in the message
 * @throws InputError naming the network `arch` and why they cannot
 */
export function checkActivationBits(arch: string, bits: number | null, where = "`activationBits`"): void {
  const reason = networks.get(arch)?.noBinaryActivations;
  if (bits !== 1 || reason === undefined) return;
  throw new InputError(`${where}: expected 2 to ${MAX_ACTIVATION_BITS} bits for ${arch}, ${reason}, received 1`);
}
