/** torchvision's ToTensor: bytes become byte / 255. */
export interface ToTensor {
  readonly name: "ToTensor";
}

/** A number for red, green and blue. */
export type PerChannel = readonly [number, number, number];

/** torchvision's Normalize: (x − mean) / std of each channel. */
export interface Normalize {
  readonly name: "Normalize";
  readonly mean: PerChannel;
  readonly std: PerChannel;
}

/** The normalization of bytes: (byte / 255 − mean) / std. */
export interface Normalization {
  readonly mean: PerChannel;
  readonly std: PerChannel;
}

/** Without Normalize: numbers in [0, 1]. */
export const identityNormalization: Normalization = { mean: [0, 0, 0], std: [1, 1, 1] };
