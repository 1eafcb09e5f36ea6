import { QuantizedActivation } from "../nn/quantized-activation.js";

/**
 * Which activations of a network are quantized; `null` where all are float. Quantized is what goes into the convolutions but the
 * first: the images have 8 bits already, which a first layer sees as they are.
 */
export interface ActivationPolicy {
  /** 1 to 8. With 1 a network is built otherwise: it has no ReLU before a quantization, as that would leave nothing but ones. */
  readonly bits: number;
  /** Quantize what goes into the last layer too. */
  readonly lastLayer: boolean;
}

/** What quantizes the input of a layer at this position; `null` when it is float. */
export function quantizerAt(
  policy: ActivationPolicy | null | undefined,
  position: "middle" | "last",
): QuantizedActivation | null {
  if (!policy || (position === "last" && !policy.lastLayer)) return null;
  return new QuantizedActivation(policy.bits);
}

/** Whether activations have one bit. */
export function areBinary(policy: ActivationPolicy | null | undefined): boolean {
  return policy?.bits === 1;
}
