// ResNets for ImageNet: He, Zhang, Ren, Sun, "Deep Residual Learning for Image Recognition", CVPR 2016, table 1. Names
// and layout are torchvision's, so a bottleneck has its stride on the 3×3 convolution ("v1.5"), not on the first 1×1.
import { BatchNorm2d } from "../nn/batch-norm.js";
import { Conv2d } from "../nn/conv2d.js";
import { uniform } from "../nn/initialization.js";
import { Linear } from "../nn/linear.js";
import { type Mode, Module } from "../nn/module.js";
import type { QuantizedActivation } from "../nn/quantized-activation.js";
import { Sequential, sequential } from "../nn/sequential.js";
import { globalAvgPool2d, maxPool2d } from "../tensor/pooling.js";
import { flatten } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { type ActivationPolicy, areBinary, quantizerAt } from "./activation-policy.js";
import type { NetworkFamilies } from "./network.js";
import { type SearchPolicy, valuesAt } from "./search-policy.js";

/** Blocks of layer1 … layer4 and their kind, by depth. */
const FAMILY = {
  18: { bottleneck: false, blocks: [2, 2, 2, 2] },
  34: { bottleneck: false, blocks: [3, 4, 6, 3] },
  50: { bottleneck: true, blocks: [3, 4, 6, 3] },
} as const;

/** Width and stride of the first block, stage by stage. */
const STAGES = [
  { width: 64, stride: 1 },
  { width: 128, stride: 2 },
  { width: 256, stride: 2 },
  { width: 512, stride: 2 },
] as const;

const STEM_CHANNELS = 64;
/** Output channels of a bottleneck, as a multiple of its width. */
const EXPANSION = 4;

interface BlockOptions {
  readonly inChannels: number;
  /** Channels inside the block; a bottleneck outputs four times as many. */
  readonly width: number;
  readonly stride: number;
  readonly values: readonly number[] | null;
  readonly activations: ActivationPolicy | null;
}

function convolution(
  inChannels: number,
  outChannels: number,
  kernelSize: number,
  stride: number,
  values: readonly number[] | null,
): Conv2d {
  const padding = (kernelSize - 1) / 2;
  return new Conv2d({ inChannels, outChannels, kernelSize, stride, padding, fanMode: "fan-out", values });
}

/** Option B of the paper: bn(conv 1×1), where a block changes the shape; searched like any other convolution. */
class Downsample extends Module {
  readonly #conv: Conv2d;
  readonly #bn: BatchNorm2d;

  constructor(inChannels: number, outChannels: number, { stride, values }: BlockOptions) {
    super();
    this.#conv = this.child("0", convolution(inChannels, outChannels, 1, stride, values));
    this.#bn = this.child("1", new BatchNorm2d(outChannels));
  }

  override forward(input: Tensor, mode: Mode): Tensor {
    return this.#bn.forward(this.#conv.forward(input, mode), mode);
  }
}

/**
 * relu(bn(conv(… relu(bn(conv(x))) …)) + shortcut(x)), `[N, C, H, W]` → `[N, O, ⌈H/stride⌉, ⌈W/stride⌉]`: two
 * convolutions 3×3, or as a bottleneck 1×1, 3×3, 1×1. The first 3×3 has the stride.
 *
 * With quantized activations, q is applied to the input of each convolution; a shortcut convolution shares the first
 * one's, an identity shortcut stays float. With 1 bit it is the block of Bi-Real Net (Liu et al., ECCV 2018), with a
 * shortcut around each of its two convolutions and no ReLU: h = bn1(conv1(q(x))) + shortcut(x), y = bn2(conv2(q(h))) +
 * h; the shortcut's input is float.
 */
class Block extends Module {
  readonly #layers: readonly {
    readonly act: QuantizedActivation | null;
    readonly conv: Conv2d;
    readonly bn: BatchNorm2d;
  }[];
  readonly #downsample: Downsample | null;
  readonly #isBinary: boolean;

  constructor(outChannels: number, convolutions: readonly Conv2d[], options: BlockOptions) {
    super();
    const { inChannels, width, stride, activations } = options;
    this.#isBinary = areBinary(activations);
    this.#layers = convolutions.map((conv, index) => {
      const channels = index === convolutions.length - 1 ? outChannels : width;
      return {
        act: this.optionalChild(`act${index + 1}`, quantizerAt(activations, "middle")),
        conv: this.child(`conv${index + 1}`, conv),
        bn: this.child(`bn${index + 1}`, new BatchNorm2d(channels)),
      };
    });
    this.#downsample =
      stride === 1 && inChannels === outChannels
        ? null
        : this.child("downsample", new Downsample(inChannels, outChannels, options));
  }

  override forward(input: Tensor, mode: Mode): Tensor {
    if (this.#isBinary) return this.#forwardBinary(input, mode);
    const [first] = this.#layers;
    const quantized = first?.act?.forward(input, mode) ?? input;
    const shortcut = this.#downsample?.forward(quantized, mode) ?? input;
    const last = this.#layers.length - 1;
    return sequential(
      quantized,
      this.#layers.map(({ act, conv, bn }, index) => (x: Tensor) => {
        const into = index === 0 ? x : (act?.forward(x, mode) ?? x);
        return bn.forwardRelu(conv.forward(into, mode), mode, index === last ? shortcut : null);
      }),
    );
  }

  #forwardBinary(input: Tensor, mode: Mode): Tensor {
    let x = input;
    for (const { act, conv, bn } of this.#layers) {
      const shortcut = x === input ? (this.#downsample?.forward(input, mode) ?? input) : x;
      x = bn.forwardAdd(conv.forward(act?.forward(x, mode) ?? x, mode), mode, shortcut);
    }
    return x;
  }
}

function basicBlock(options: BlockOptions): Block {
  const { inChannels, width, stride, values } = options;
  return new Block(
    width,
    [convolution(inChannels, width, 3, stride, values), convolution(width, width, 3, 1, values)],
    options,
  );
}

function bottleneck(options: BlockOptions): Block {
  const { inChannels, width, stride, values } = options;
  const outChannels = width * EXPANSION;
  return new Block(
    outChannels,
    [
      convolution(inChannels, width, 1, 1, values),
      convolution(width, width, 3, stride, values),
      convolution(width, outChannels, 1, 1, values),
    ],
    options,
  );
}

export interface ResNetOptions {
  /** Layers with weights, not counting shortcuts. */
  readonly depth: keyof typeof FAMILY;
  readonly numClasses: number;
  /** Of the images; 3 by default. */
  readonly channels?: number;
  readonly search: SearchPolicy | null;
  readonly activations?: ActivationPolicy | null;
}

/** Why a network of bottlenecks does not support 1-bit activations. */
export const NO_BINARY_BOTTLENECKS =
  "whose bottlenecks change the number of channels, so that no shortcut goes around each convolution";

/**
 * Images `[N, channels, H, W]` → logits `[N, numClasses]`: conv 7×7, max-pool, four stages of blocks, mean over the image, fc.
 */
export class ResNet extends Module {
  readonly #conv1: Conv2d;
  readonly #bn1: BatchNorm2d;
  readonly #stages: readonly Sequential[];
  readonly #fcAct: QuantizedActivation | null;
  readonly #fc: Linear;
  readonly #isBinary: boolean;

  /** @throws RangeError for 1-bit activations with bottlenecks */
  constructor({ depth, numClasses, channels = 3, search, activations = null }: ResNetOptions) {
    super();
    this.#isBinary = areBinary(activations);
    const family = FAMILY[depth];
    if (this.#isBinary && family.bottleneck) {
      throw new RangeError(`expected activations of 2 bits or more for resnet${depth}, ${NO_BINARY_BOTTLENECKS}`);
    }
    const values = valuesAt(search, "middle");
    this.#conv1 = this.child("conv1", convolution(channels, STEM_CHANNELS, 7, 2, valuesAt(search, "first")));
    this.#bn1 = this.child("bn1", new BatchNorm2d(STEM_CHANNELS));
    let inChannels = STEM_CHANNELS;
    this.#stages = STAGES.map(({ width, stride }, index) => {
      const blocks = Array.from({ length: family.blocks[index] ?? 0 }, (_, block) => {
        const options = { inChannels, width, stride: block === 0 ? stride : 1, values, activations };
        inChannels = family.bottleneck ? width * EXPANSION : width;
        return family.bottleneck ? bottleneck(options) : basicBlock(options);
      });
      return this.child(`layer${index + 1}`, new Sequential(...blocks));
    });
    const bound = 1 / Math.sqrt(inChannels);
    this.#fcAct = this.optionalChild("fc_act", quantizerAt(activations, "last"));
    this.#fc = this.child(
      "fc",
      new Linear({
        weight: uniform([numClasses, inChannels], bound),
        bias: uniform([numClasses], bound),
        values: valuesAt(search, "last"),
      }),
    );
  }

  override forward(images: Tensor, mode: Mode): Tensor {
    const features = sequential(images, [
      (x) => maxPool2d(this.#stem(this.#conv1.forward(x, mode), mode), 3, { stride: 2, padding: 1 }),
      ...this.#stages.map((stage) => (x: Tensor) => stage.forward(x, mode)),
    ]);
    const pooled = flatten(globalAvgPool2d(features), 1);
    return this.#fc.forward(this.#fcAct?.forward(pooled, mode) ?? pooled, mode);
  }

  #stem(x: Tensor, mode: Mode): Tensor {
    return this.#isBinary ? this.#bn1.forwardAdd(x, mode) : this.#bn1.forwardRelu(x, mode);
  }
}

// Five halvings of 32 pixels leave one. Channels-last is about 15 % faster at 224×224 pixels, about 5 % slower at
// 64×64.
const SHARED = {
  imageSize: { atLeast: 32 },
  madeFor: { imageSize: 224, numClasses: 1000 },
  defaultConfig: "resnet18-120",
  memoryFormat: "channels_last",
  weightScale: "none",
} as const;

/** The ResNets for ImageNet by their names. */
export const RESNETS: NetworkFamilies = {
  resnet18: { build: (options) => new ResNet({ depth: 18, ...options }), ...SHARED },
  resnet34: { build: (options) => new ResNet({ depth: 34, ...options }), ...SHARED },
  resnet50: {
    build: (options) => new ResNet({ depth: 50, ...options }),
    ...SHARED,
    noBinaryActivations: NO_BINARY_BOTTLENECKS,
  },
};
