/** Rows top … bottom − 1 and columns left … right − 1. */
export interface Rectangle {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

/** A rectangle of a normalized sample that is overwritten. */
export interface Erasure extends Rectangle {
  /** A number for each channel, or one for each element `[3, bottom − top, right − left]`. */
  readonly fill: readonly [number, number, number] | Float32Array;
}
