// Vision transformers: Dosovitskiy et al., "An Image Is Worth 16×16 Words: Transformers for Image Recognition at Scale",
// ICLR 2021; the tiny one: Touvron et al., "Training Data-Efficient Image Transformers & Distillation through Attention",
// ICML 2021. Names, sizes and ε are timm's.
import { GELU } from "../nn/activations.js";
import { Conv2d } from "../nn/conv2d.js";
import { normal } from "../nn/initialization.js";
import { LayerNorm } from "../nn/layer-norm.js";
import { Linear } from "../nn/linear.js";
import { type Mode, Module } from "../nn/module.js";
import { MultiheadAttention } from "../nn/multihead-attention.js";
import { Sequential } from "../nn/sequential.js";
import { add } from "../tensor/arithmetic.js";
import { zeros } from "../tensor/create.js";
import { concat, expand, flatten, select, transpose } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import type { NetworkFamilies, NetworkOptions } from "./network.js";
import { valuesAt } from "./search-policy.js";

/** Of the layer normalizations. */
const EPSILON = 1e-6;
/** Of initial weights and position embeddings. */
const STD = 0.02;

export interface VisionTransformerSizes {
  /** P: height and width of a patch, pixels. */
  readonly patchSize: number;
  /** E: features of a token. */
  readonly embedDim: number;
  readonly depth: number;
  readonly numHeads: number;
  /** Hidden features of a block's MLP, as a multiple of E. */
  readonly mlpRatio: number;
}

export interface VisionTransformerOptions
  extends VisionTransformerSizes,
    Pick<NetworkOptions, "numClasses" | "channels" | "search"> {
  /** H and W, multiples of P. */
  readonly imageSize: readonly [height: number, width: number];
}

/** fc2(gelu(fc1(x))), `[N, T, E]` → `[N, T, E]`. */
class Mlp extends Module {
  readonly #layers: readonly Module[];

  constructor(features: number, hidden: number, values: readonly number[] | null) {
    super();
    this.#layers = [
      this.child("fc1", linear(features, hidden, values)),
      new GELU(),
      this.child("fc2", linear(hidden, features, values)),
    ];
  }

  override forward(input: Tensor, mode: Mode): Tensor {
    return this.#layers.reduce((x, layer) => layer.forward(x, mode), input);
  }
}

/** h = x + attn(norm1(x)), then h + mlp(norm2(h)): `[N, T, E]` → `[N, T, E]`. */
class Block extends Module {
  readonly #norm1: LayerNorm;
  readonly #attn: MultiheadAttention;
  readonly #norm2: LayerNorm;
  readonly #mlp: Mlp;

  constructor({ embedDim, numHeads, mlpRatio }: VisionTransformerSizes, values: readonly number[] | null) {
    super();
    this.#norm1 = this.child("norm1", new LayerNorm(embedDim, { epsilon: EPSILON }));
    this.#attn = this.child("attn", new MultiheadAttention({ embedDim, numHeads, values }));
    this.#norm2 = this.child("norm2", new LayerNorm(embedDim, { epsilon: EPSILON }));
    this.#mlp = this.child("mlp", new Mlp(embedDim, embedDim * mlpRatio, values));
  }

  override forward(input: Tensor, mode: Mode): Tensor {
    const attended = add(input, this.#attn.forward(this.#norm1.forward(input, mode), mode));
    return add(attended, this.#mlp.forward(this.#norm2.forward(attended, mode), mode));
  }
}

/** A convolution whose kernels lie side by side: `[N, C, H, W]` → one token a patch, `[N, H·W/P², E]`. */
class PatchEmbedding extends Module {
  readonly #proj: Conv2d;

  constructor(channels: number, { patchSize, embedDim }: VisionTransformerSizes, values: readonly number[] | null) {
    super();
    const sizes = { inChannels: channels, outChannels: embedDim, kernelSize: patchSize, stride: patchSize };
    this.#proj = this.child("proj", new Conv2d({ ...sizes, bias: true, values }));
  }

  override forward(images: Tensor, mode: Mode): Tensor {
    return transpose(flatten(this.#proj.forward(images, mode), 2), 1, 2);
  }
}

function linear(inFeatures: number, outFeatures: number, values: readonly number[] | null): Linear {
  return new Linear({ weight: normal([outFeatures, inFeatures], STD), bias: zeros([outFeatures]), values });
}

/**
 * Images `[N, C, H, W]` → logits `[N, numClasses]`: a token a patch and one of the class, to which position embeddings are added, blocks
 * of attention and MLP, a layer normalization, and a linear layer on the class's token.
 */
export class VisionTransformer extends Module {
  readonly #patchEmbed: PatchEmbedding;
  readonly #clsToken: Tensor;
  readonly #posEmbed: Tensor;
  readonly #blocks: Sequential;
  readonly #norm: LayerNorm;
  readonly #head: Linear;

  constructor(options: VisionTransformerOptions) {
    super();
    const { numClasses, channels = 3, imageSize, search, patchSize, embedDim, depth } = options;
    const tokens = imageSize.reduce((count, pixels) => count * (pixels / patchSize), 1) + 1;
    const values = valuesAt(search, "middle");
    this.#clsToken = this.parameter("cls_token", normal([1, 1, embedDim], 1e-6));
    this.#posEmbed = this.parameter("pos_embed", normal([1, tokens, embedDim], STD));
    this.#patchEmbed = this.child("patch_embed", new PatchEmbedding(channels, options, valuesAt(search, "first")));
    this.#blocks = this.child(
      "blocks",
      new Sequential(...Array.from({ length: depth }, () => new Block(options, values))),
    );
    this.#norm = this.child("norm", new LayerNorm(embedDim, { epsilon: EPSILON }));
    this.#head = this.child("head", linear(embedDim, numClasses, valuesAt(search, "last")));
  }

  override forward(images: Tensor, mode: Mode): Tensor {
    const patches = this.#patchEmbed.forward(images, mode);
    const [count = 1, , features = 1] = patches.shape;
    const tokens = concat([expand(this.#clsToken, [count, 1, features]), patches], 1);
    const encoded = this.#blocks.forward(add(tokens, this.#posEmbed), mode);
    return this.#head.forward(select(this.#norm.forward(encoded, mode), 1, 0), mode);
  }
}

/** What both have in common. */
const SHARED = {
  memoryFormat: "contiguous_format",
  noQuantizedActivations: "whose activations are negative too, which quantizers from 0 to a clip cut off",
} as const;

const TINY: VisionTransformerSizes = { patchSize: 16, embedDim: 192, depth: 12, numHeads: 3, mlpRatio: 4 };
/** 65 tokens of 32×32 pixels: 58 million multiply-adds an image, half as much again as ResNet-20. */
const SMALL: VisionTransformerSizes = { patchSize: 4, embedDim: 128, depth: 6, numHeads: 4, mlpRatio: 2 };

/** Vision transformers by their names: ImageNet's of 224×224 pixels, and a small one for 32×32 pixels. */
export const VISION_TRANSFORMERS: NetworkFamilies = {
  vit_tiny_patch16_224: {
    build: (options) => new VisionTransformer({ ...TINY, imageSize: [224, 224], ...options }),
    imageSize: { exactly: 224 },
    madeFor: { imageSize: 224, numClasses: 1000 },
    defaultConfig: "vit-tiny-300",
    ...SHARED,
  },
  vit: {
    build: (options) => new VisionTransformer({ ...SMALL, imageSize: [32, 32], ...options }),
    imageSize: { multipleOf: SMALL.patchSize },
    madeFor: { imageSize: 32, numClasses: 10 },
    defaultConfig: "vit-100",
    ...SHARED,
  },
};
