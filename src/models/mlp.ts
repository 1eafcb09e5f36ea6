import { BatchNorm1d } from "../nn/batch-norm.js";
import { Linear } from "../nn/linear.js";
import { type Mode, Module } from "../nn/module.js";
import type { QuantizedActivation } from "../nn/quantized-activation.js";
import { sequential } from "../nn/sequential.js";
import { relu } from "../tensor/activation.js";
import { flatten } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { areBinary, quantizerAt } from "./activation-policy.js";
import type { NetworkFamilies, NetworkOptions } from "./network.js";
import { valuesAt } from "./search-policy.js";

/** Features of the hidden layers. */
const HIDDEN = [512, 512] as const;

/** MNIST. */
const MADE_FOR = { imageSize: 28, numClasses: 10, channels: 1 } as const;

export type MlpOptions = NetworkOptions & Required<Pick<NetworkOptions, "channels" | "imageSize">>;

interface Layer {
  /** Quantizes the layer's input. */
  readonly act: QuantizedActivation | null;
  readonly fc: Linear;
  readonly bn: BatchNorm1d;
  /** Whether ReLU follows: not before a 1-bit quantizer, which would then output only ones. */
  readonly hasRelu: boolean;
}

/**
 * A multilayer perceptron, images `[N, C, H, W]` → logits `[N, numClasses]`: the pixels in a row, twice relu(bn(fc)) of 512 features,
 * and a linear layer. Quantizers precede every layer but the first; with 1 bit they replace the ReLU.
 */
export class Mlp extends Module {
  readonly #layers: readonly Layer[];
  readonly #lastAct: QuantizedActivation | null;
  readonly #last: Linear;

  constructor({ numClasses, channels, imageSize: [height, width], search, activations = null }: MlpOptions) {
    super();
    let inFeatures = channels * height * width;
    this.#layers = HIDDEN.map((outFeatures, index) => {
      const values = valuesAt(search, index === 0 ? "first" : "middle");
      const fc = new Linear({ inFeatures, outFeatures, bias: false, values });
      inFeatures = outFeatures;
      const isLast = index === HIDDEN.length - 1;
      return {
        act: index === 0 ? null : this.optionalChild(`act${index + 1}`, quantizerAt(activations, "middle")),
        fc: this.child(`fc${index + 1}`, fc),
        bn: this.child(`bn${index + 1}`, new BatchNorm1d(outFeatures)),
        hasRelu: !areBinary(activations) || (isLast && !activations?.lastLayer),
      };
    });
    const name = `fc${HIDDEN.length + 1}`;
    this.#lastAct = this.optionalChild(`act${HIDDEN.length + 1}`, quantizerAt(activations, "last"));
    this.#last = this.child(
      name,
      new Linear({ inFeatures, outFeatures: numClasses, values: valuesAt(search, "last") }),
    );
  }

  override forward(images: Tensor, mode: Mode): Tensor {
    const features = sequential(
      flatten(images, 1),
      this.#layers.flatMap(({ act, fc, bn, hasRelu }) => [
        ...(act === null ? [] : [(x: Tensor) => act.forward(x, mode)]),
        (x: Tensor) => fc.forward(x, mode),
        (x: Tensor) => (hasRelu ? relu(bn.forward(x, mode)) : bn.forward(x, mode)),
      ]),
    );
    return this.#last.forward(this.#lastAct?.forward(features, mode) ?? features, mode);
  }
}

/** The multilayer perceptron by its name. */
export const MLPS: NetworkFamilies = {
  mlp: {
    build: (options) =>
      new Mlp({ channels: MADE_FOR.channels, imageSize: [MADE_FOR.imageSize, MADE_FOR.imageSize], ...options }),
    imageSize: { atLeast: 1 },
    madeFor: MADE_FOR,
    defaultConfig: "mlp-30",
    memoryFormat: "contiguous_format",
  },
};
