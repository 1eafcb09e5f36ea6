// VGG-small, the usual CIFAR-10 network of the low-bit literature; after Zhang et al., "LQ-Nets", ECCV 2018.
import { BatchNorm2d } from "../nn/batch-norm.js";
import { Conv2d } from "../nn/conv2d.js";
import { normal } from "../nn/initialization.js";
import { Linear } from "../nn/linear.js";
import { type Mode, Module } from "../nn/module.js";
import type { QuantizedActivation } from "../nn/quantized-activation.js";
import { sequential } from "../nn/sequential.js";
import { zeros } from "../tensor/create.js";
import { maxPool2d } from "../tensor/pooling.js";
import { flatten } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { type ActivationPolicy, areBinary, quantizerAt } from "./activation-policy.js";
import type { NetworkFamilies } from "./network.js";
import { type SearchPolicy, valuesAt } from "./search-policy.js";

/** Channels of conv1 … conv6, and whether a 2×2 max-pool follows the convolution. */
const LAYERS = [
  { channels: 128, pool: false },
  { channels: 128, pool: true },
  { channels: 256, pool: false },
  { channels: 256, pool: true },
  { channels: 512, pool: false },
  { channels: 512, pool: true },
] as const;

interface Layer {
  /** Quantizes the convolution's input. */
  readonly act: QuantizedActivation | null;
  readonly conv: Conv2d;
  readonly pool: boolean;
  readonly bn: BatchNorm2d;
  /** Whether ReLU follows: not before a 1-bit quantizer, which would then output only ones. */
  readonly relu: boolean;
}

export interface VggSmallOptions {
  readonly numClasses: number;
  /** Of the images; 3 by default. */
  readonly channels?: number;
  readonly search: SearchPolicy | null;
  readonly activations?: ActivationPolicy | null;
}

/**
 * Images `[N, channels, 32, 32]` → logits `[N, numClasses]`: six times relu(bn(pool?(conv 3×3))), then one linear layer from
 * 8192. Quantizers precede every convolution but the first; with 1 bit they replace the ReLU.
 */
export class VggSmall extends Module {
  readonly #layers: readonly Layer[];
  readonly #fcAct: QuantizedActivation | null;
  readonly #fc: Linear;

  constructor({ numClasses, channels: imageChannels = 3, search, activations = null }: VggSmallOptions) {
    super();
    let inChannels = imageChannels;
    this.#layers = LAYERS.map(({ channels, pool }, index) => {
      const values = valuesAt(search, index === 0 ? "first" : "middle");
      const conv = new Conv2d({
        inChannels,
        outChannels: channels,
        kernelSize: 3,
        padding: 1,
        fanMode: "fan-out",
        values,
      });
      inChannels = channels;
      const isLast = index === LAYERS.length - 1;
      return {
        act: index === 0 ? null : this.optionalChild(`act${index + 1}`, quantizerAt(activations, "middle")),
        conv: this.child(`conv${index + 1}`, conv),
        bn: this.child(`bn${index + 1}`, new BatchNorm2d(channels)),
        pool,
        relu: !areBinary(activations) || (isLast && !activations?.lastLayer),
      };
    });
    this.#fcAct = this.optionalChild("fc_act", quantizerAt(activations, "last"));
    this.#fc = this.child(
      "fc",
      new Linear({
        weight: normal([numClasses, inChannels * 4 * 4], 0.01),
        bias: zeros([numClasses]),
        values: valuesAt(search, "last"),
      }),
    );
  }

  override forward(images: Tensor, mode: Mode): Tensor {
    const features = sequential(
      images,
      this.#layers.flatMap(({ act, conv, bn, pool, relu }) => [
        ...(act === null ? [] : [(x: Tensor) => act.forward(x, mode)]),
        (x: Tensor) => (pool ? maxPool2d(conv.forward(x, mode), 2) : conv.forward(x, mode)),
        (x: Tensor) => (relu ? bn.forwardRelu(x, mode) : bn.forwardAdd(x, mode)),
      ]),
    );
    const flat = flatten(features, 1);
    return this.#fc.forward(this.#fcAct?.forward(flat, mode) ?? flat, mode);
  }
}

/** VGG-small by its name. */
export const VGG_SMALL: NetworkFamilies = {
  vgg_small: {
    build: (options) => new VggSmall(options),
    imageSize: { exactly: 32 },
    madeFor: { imageSize: 32, numClasses: 10 },
    defaultConfig: "vggsmall-200",
    memoryFormat: "channels_last",
    weightScale: "none",
  },
};
