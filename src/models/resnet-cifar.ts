// ResNets for 32×32 images: He, Zhang, Ren, Sun, "Deep Residual Learning for Image Recognition", CVPR 2016, section
// 4.2.
import { BatchNorm2d } from "../nn/batch-norm.js";
import { Conv2d } from "../nn/conv2d.js";
import { kaimingNormal, uniform } from "../nn/initialization.js";
import { Linear } from "../nn/linear.js";
import { type Mode, Module } from "../nn/module.js";
import type { QuantizedActivation } from "../nn/quantized-activation.js";
import { Sequential, sequential } from "../nn/sequential.js";
import { globalAvgPool2d } from "../tensor/pooling.js";
import { flatten } from "../tensor/shape.js";
import { halveAndPad } from "../tensor/shortcut.js";
import type { Tensor } from "../tensor/tensor.js";
import { type ActivationPolicy, areBinary, quantizerAt } from "./activation-policy.js";
import type { NetworkFamilies } from "./network.js";
import { type SearchPolicy, valuesAt } from "./search-policy.js";

/** Channels and stride of the first block, stage by stage; each stage has `blocks` blocks. */
const STAGES = [
  { channels: 16, stride: 1 },
  { channels: 32, stride: 2 },
  { channels: 64, stride: 2 },
] as const;

interface BlockOptions {
  readonly inChannels: number;
  readonly channels: number;
  readonly stride: number;
  readonly values: readonly number[] | null;
  readonly activations: ActivationPolicy | null;
}

/**
 * relu(bn2(conv2(relu(bn1(conv1(x))))) + shortcut(x)): `[N, C, H, W]` → `[N, O, H/stride, W/stride]`. Where the size
 * changes, the shortcut is option A of the paper: every other pixel, new channels zero, half before and half after. No
 * parameters.
 *
 * With quantized activations, q is applied to the input of each convolution; the shortcut stays float. With 1-bit
 * activations it is the block of Bi-Real Net (Liu et al., ECCV 2018): h = bn1(conv1(q(x))) + shortcut(x), y =
 * bn2(conv2(q(h))) + h.
 */
class BasicBlock extends Module {
  readonly #act1: QuantizedActivation | null;
  readonly #conv1: Conv2d;
  readonly #bn1: BatchNorm2d;
  readonly #act2: QuantizedActivation | null;
  readonly #conv2: Conv2d;
  readonly #bn2: BatchNorm2d;
  readonly #stride: number;
  readonly #addedChannels: number;
  readonly #isBinary: boolean;

  constructor({ inChannels, channels, stride, values, activations }: BlockOptions) {
    super();
    const shared = { outChannels: channels, kernelSize: 3, padding: 1, fanMode: "fan-in", values } as const;
    this.#act1 = this.optionalChild("act1", quantizerAt(activations, "middle"));
    this.#conv1 = this.child("conv1", new Conv2d({ ...shared, inChannels, stride }));
    this.#bn1 = this.child("bn1", new BatchNorm2d(channels));
    this.#act2 = this.optionalChild("act2", quantizerAt(activations, "middle"));
    this.#conv2 = this.child("conv2", new Conv2d({ ...shared, inChannels: channels }));
    this.#bn2 = this.child("bn2", new BatchNorm2d(channels));
    this.#stride = stride;
    this.#addedChannels = channels - inChannels;
    this.#isBinary = areBinary(activations);
  }

  override forward(input: Tensor, mode: Mode): Tensor {
    const first = this.#conv1.forward(this.#act1?.forward(input, mode) ?? input, mode);
    if (this.#isBinary) {
      const hidden = this.#bn1.forwardAdd(first, mode, this.#shortcut(input));
      return this.#bn2.forwardAdd(this.#second(hidden, mode), mode, hidden);
    }
    const hidden = this.#bn1.forwardRelu(first, mode);
    const shortcut = this.#shortcut(input);
    return this.#bn2.forwardRelu(this.#second(hidden, mode), mode, shortcut);
  }

  #second(hidden: Tensor, mode: Mode): Tensor {
    return this.#conv2.forward(this.#act2?.forward(hidden, mode) ?? hidden, mode);
  }

  #shortcut(input: Tensor): Tensor {
    return this.#stride === 1 ? input : halveAndPad(input, this.#addedChannels / 2, this.#addedChannels / 2);
  }
}

export interface ResNetCifarOptions {
  /** Blocks in each stage. */
  readonly blocks: number;
  readonly numClasses: number;
  /** Of the images; 3 by default. */
  readonly channels?: number;
  readonly search: SearchPolicy | null;
  readonly activations?: ActivationPolicy | null;
}

/** A CIFAR ResNet of 6·blocks + 2 layers: images `[N, channels, 32, 32]` → logits `[N, numClasses]`. */
export class ResNetCifar extends Module {
  readonly #conv1: Conv2d;
  readonly #bn1: BatchNorm2d;
  readonly #stages: readonly Sequential[];
  readonly #linearAct: QuantizedActivation | null;
  readonly #linear: Linear;
  readonly #isBinary: boolean;

  constructor({ blocks, numClasses, channels = 3, search, activations = null }: ResNetCifarOptions) {
    super();
    const values = valuesAt(search, "middle");
    this.#conv1 = this.child(
      "conv1",
      new Conv2d({
        inChannels: channels,
        outChannels: 16,
        kernelSize: 3,
        padding: 1,
        fanMode: "fan-in",
        values: valuesAt(search, "first"),
      }),
    );
    this.#bn1 = this.child("bn1", new BatchNorm2d(16));
    let inChannels = 16;
    this.#stages = STAGES.map(({ channels, stride }, index) => {
      const stage = Array.from({ length: blocks }, (_, block) => {
        const made = new BasicBlock({ inChannels, channels, stride: block === 0 ? stride : 1, values, activations });
        inChannels = channels;
        return made;
      });
      return this.child(`layer${index + 1}`, new Sequential(...stage));
    });
    this.#isBinary = areBinary(activations);
    this.#linearAct = this.optionalChild("linear_act", quantizerAt(activations, "last"));
    this.#linear = this.child(
      "linear",
      new Linear({
        weight: kaimingNormal([numClasses, inChannels], "fan-in"),
        bias: uniform([numClasses], 1 / Math.sqrt(inChannels)),
        values: valuesAt(search, "last"),
      }),
    );
  }

  override forward(images: Tensor, mode: Mode): Tensor {
    const features = sequential(images, [
      (x) => this.#stem(this.#conv1.forward(x, mode), mode),
      ...this.#stages.map((stage) => (x: Tensor) => stage.forward(x, mode)),
    ]);
    const pooled = flatten(globalAvgPool2d(features), 1);
    return this.#linear.forward(this.#linearAct?.forward(pooled, mode) ?? pooled, mode);
  }

  #stem(x: Tensor, mode: Mode): Tensor {
    return this.#isBinary ? this.#bn1.forwardAdd(x, mode) : this.#bn1.forwardRelu(x, mode);
  }
}

/** The ResNets for CIFAR by their names. */
export const RESNETS_CIFAR: NetworkFamilies = {
  resnet20: {
    build: (options) => new ResNetCifar({ blocks: 3, ...options }),
    // Two halvings leave two.
    imageSize: { atLeast: 8 },
    madeFor: { imageSize: 32, numClasses: 10 },
    defaultConfig: "resnet20-200",
    memoryFormat: "channels_last",
    weightScale: "none",
  },
};
