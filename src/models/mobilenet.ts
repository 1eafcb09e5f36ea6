// MobileNetV2: Sandler, Howard, Zhu, Zhmoginov, Chen, "MobileNetV2: Inverted Residuals and Linear Bottlenecks", CVPR
// 2018, table 2. Names are torchvision's.
import { ReLU6 } from "../nn/activations.js";
import { BatchNorm2d } from "../nn/batch-norm.js";
import { Conv2d } from "../nn/conv2d.js";
import { Dropout } from "../nn/dropout.js";
import { normal } from "../nn/initialization.js";
import { Linear } from "../nn/linear.js";
import { type Mode, Module } from "../nn/module.js";
import { Sequential } from "../nn/sequential.js";
import { add } from "../tensor/arithmetic.js";
import { zeros } from "../tensor/create.js";
import { globalAvgPool2d } from "../tensor/pooling.js";
import { flatten } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import type { NetworkFamilies, NetworkOptions } from "./network.js";
import { valuesAt } from "./search-policy.js";

/** Expansion t, output channels c, blocks n, and stride s of the first of them. */
const STAGES = [
  { expansion: 1, channels: 16, blocks: 1, stride: 1 },
  { expansion: 6, channels: 24, blocks: 2, stride: 2 },
  { expansion: 6, channels: 32, blocks: 3, stride: 2 },
  { expansion: 6, channels: 64, blocks: 4, stride: 2 },
  { expansion: 6, channels: 96, blocks: 3, stride: 1 },
  { expansion: 6, channels: 160, blocks: 3, stride: 2 },
  { expansion: 6, channels: 320, blocks: 1, stride: 1 },
] as const;

const STEM_CHANNELS = 32;
const LAST_CHANNELS = 1280;
const DROPOUT = 0.2;

interface ConvolutionOptions {
  readonly kernelSize: 1 | 3;
  readonly stride?: number;
  readonly groups?: number;
  readonly values: readonly number[] | null;
}

function convolution(inChannels: number, outChannels: number, options: ConvolutionOptions): Conv2d {
  const padding = (options.kernelSize - 1) / 2;
  return new Conv2d({ ...options, inChannels, outChannels, padding, fanMode: "fan-out" });
}

/** min(max(bn(conv(x)), 0), 6). */
function convolutionRelu6(inChannels: number, outChannels: number, options: ConvolutionOptions): Sequential {
  return new Sequential(convolution(inChannels, outChannels, options), new BatchNorm2d(outChannels), new ReLU6());
}

interface BlockOptions {
  readonly inChannels: number;
  readonly outChannels: number;
  /** Channels inside, as a multiple of `inChannels`. */
  readonly expansion: number;
  readonly stride: number;
  readonly values: readonly number[] | null;
}

/**
 * The inverted residual, `[N, C, H, W]` → `[N, O, ⌈H/stride⌉, ⌈W/stride⌉]`: 1×1 to t·C channels, 3×3 on each channel alone, 1×1 to O
 * without an activation; with stride 1 and O = C plus x. With t = 1 the first is left out.
 */
class InvertedResidual extends Module {
  readonly #conv: Sequential;
  readonly #hasShortcut: boolean;

  constructor({ inChannels, outChannels, expansion, stride, values }: BlockOptions) {
    super();
    const inner = inChannels * expansion;
    this.#conv = this.child(
      "conv",
      new Sequential(
        ...(expansion === 1 ? [] : [convolutionRelu6(inChannels, inner, { kernelSize: 1, values })]),
        convolutionRelu6(inner, inner, { kernelSize: 3, stride, groups: inner, values }),
        convolution(inner, outChannels, { kernelSize: 1, values }),
        new BatchNorm2d(outChannels),
      ),
    );
    this.#hasShortcut = stride === 1 && inChannels === outChannels;
  }

  override forward(input: Tensor, mode: Mode): Tensor {
    const output = this.#conv.forward(input, mode);
    return this.#hasShortcut ? add(input, output) : output;
  }
}

/** The blocks of all stages, one after the other. */
function blocks(values: readonly number[] | null): InvertedResidual[] {
  let inChannels = STEM_CHANNELS;
  return STAGES.flatMap(({ expansion, channels: outChannels, blocks: count, stride: first }) =>
    Array.from({ length: count }, (_, block) => {
      const made = new InvertedResidual({
        inChannels,
        outChannels,
        expansion,
        stride: block === 0 ? first : 1,
        values,
      });
      inChannels = outChannels;
      return made;
    }),
  );
}

export type MobileNetV2Options = Pick<NetworkOptions, "numClasses" | "channels" | "search">;

/**
 * Images `[N, C, H, W]` → logits `[N, numClasses]`: 3×3 of stride 2, 17 inverted residuals, 1×1 to 1280 channels, mean over the image,
 * dropout, linear.
 */
export class MobileNetV2 extends Module {
  readonly #features: Sequential;
  readonly #classifier: Sequential;

  constructor({ numClasses, channels = 3, search }: MobileNetV2Options) {
    super();
    const values = valuesAt(search, "middle");
    const last = STAGES[STAGES.length - 1]?.channels ?? STEM_CHANNELS;
    this.#features = this.child(
      "features",
      new Sequential(
        convolutionRelu6(channels, STEM_CHANNELS, { kernelSize: 3, stride: 2, values: valuesAt(search, "first") }),
        ...blocks(values),
        convolutionRelu6(last, LAST_CHANNELS, { kernelSize: 1, values }),
      ),
    );
    const linear = new Linear({
      weight: normal([numClasses, LAST_CHANNELS], 0.01),
      bias: zeros([numClasses]),
      values: valuesAt(search, "last"),
    });
    this.#classifier = this.child("classifier", new Sequential(new Dropout(DROPOUT), linear));
  }

  override forward(images: Tensor, mode: Mode): Tensor {
    const features = this.#features.forward(images, mode);
    return this.#classifier.forward(flatten(globalAvgPool2d(features), 1), mode);
  }
}

/** MobileNetV2 by its name. */
export const MOBILENETS: NetworkFamilies = {
  mobilenet_v2: {
    build: (options) => new MobileNetV2(options),
    // Five halvings of 32 pixels leave one.
    imageSize: { atLeast: 32 },
    madeFor: { imageSize: 224, numClasses: 1000 },
    defaultConfig: "mobilenetv2-150",
    memoryFormat: "channels_last",
    noQuantizedActivations: "whose bottlenecks have negative activations, which quantizers from 0 to a clip cut off",
  },
};
