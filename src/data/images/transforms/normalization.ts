/** A number for red, green and blue. */
export type PerChannel = readonly [number, number, number];

/** The normalization of bytes: (byte / 255 − mean) / std. */
export interface Normalization {
  readonly mean: PerChannel;
  readonly std: PerChannel;
}

/** Without Normalize: numbers in [0, 1]. */
export const identityNormalization: Normalization = { mean: [0, 0, 0], std: [1, 1, 1] };
