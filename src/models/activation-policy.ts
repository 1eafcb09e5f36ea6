import { QuantizedActivation } from "../nn/quantized-activation.js";

/**
 * Which activations of a network are quantized; `null` for a float network. Inputs of all convolutions but the first
 * are quantized: the first layer's input, the images, has 8 bits already.
 */
export interface ActivationPolicy {
  /** 1 to 8. With 1 the architecture differs: no ReLU before a quantization, which would then output only ones. */
  readonly bits: number;
  /** Quantize the last layer's input too. */
  readonly lastLayer: boolean;
}

/**
 * Which activations are quantized to a number of bits: with a searched last layer, its input too. `null` if they are
 * float.
 */
export function activationPolicy(
  bits: number | null,
  search: { readonly lastLayer: boolean } | null,
): ActivationPolicy | null {
  return bits === null ? null : { bits, lastLayer: search?.lastLayer ?? false };
}

/** The quantizer for the input of a layer at this position; `null` if that is float. */
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
