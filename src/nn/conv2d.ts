import { conv2d } from "../tensor/convolution.js";
import type { Tensor } from "../tensor/tensor.js";
import { type FanMode, kaimingNormal } from "./initialization.js";
import type { Mode } from "./module.js";
import { fanInUniform, WeightedLayer, type WeightOptions } from "./weighted-layer.js";

/** One number for both, or height and width. */
export type Pair = number | readonly [height: number, width: number];

export interface Conv2dOptions extends WeightOptions {
  readonly inChannels: number;
  readonly outChannels: number;
  /** Height and width of the kernel, pixels. */
  readonly kernelSize: Pair;
  /** Pixels between two outputs; 1 by default. */
  readonly stride?: Pair;
  /** Zeros on each side; 0 by default. */
  readonly padding?: Pair;
  /** Pixels between two taps; 1 by default. */
  readonly dilation?: Pair;
  /** Groups of channels that do not mix, a divisor of both numbers of channels; 1 by default. */
  readonly groups?: number;
  /** Whether there is a bias; not by default, as a batch normalization usually follows. */
  readonly bias?: boolean;
  /** Initializes a float weight by `kaimingNormal` with this fan; by default as PyTorch does, U(−1/√n, 1/√n), n the fan-in. */
  readonly fanMode?: FanMode;
}

/**
 * A convolution, `[N, C, H, W]` → `[N, O, H', W']`, see `conv2d`. Its weight `[O, C/groups, kH, kW]` is float or searched,
 * its bias float.
 */
export class Conv2d extends WeightedLayer {
  readonly #options: {
    readonly stride: Pair;
    readonly padding: Pair;
    readonly dilation: Pair;
    readonly groups: number;
  };

  /** @throws RangeError for groups that do not divide the channels */
  constructor(options: Conv2dOptions) {
    const { inChannels, outChannels, kernelSize, bias = false, fanMode } = options;
    const { stride = 1, padding = 0, dilation = 1, groups = 1 } = options;
    checkGroups(groups, inChannels, outChannels);
    const [height, width] = typeof kernelSize === "number" ? [kernelSize, kernelSize] : kernelSize;
    const shape = [outChannels, inChannels / groups, height, width];
    const fanIn = (inChannels / groups) * height * width;
    super(
      shape,
      options,
      () => (fanMode === undefined ? fanInUniform(shape, fanIn) : kaimingNormal(shape, fanMode)),
      bias ? () => fanInUniform([outChannels], fanIn) : null,
    );
    this.#options = { stride, padding, dilation, groups };
  }

  override forward(input: Tensor, _mode: Mode): Tensor {
    return conv2d(input, this.effectiveWeight(), this.bias, { ...this.#options, chunks: this.reductionChunks });
  }
}

/** Checks that channels fall into groups. Throws RangeError. */
export function checkGroups(groups: number, inChannels: number, outChannels: number): void {
  if (Number.isInteger(groups) && groups > 0 && inChannels % groups === 0 && outChannels % groups === 0) return;
  throw new RangeError(
    `groups: expected a divisor of ${inChannels} input and ${outChannels} output channels, received ${groups}`,
  );
}
