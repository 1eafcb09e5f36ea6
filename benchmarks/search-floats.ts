/**
 * float32 numbers that an ideal implementation of the search operator reads and writes for each weight, over K values;
 * each once, from cold caches.
 */
export const searchFloats = {
  /** K logits in, the weight out. */
  draw: (valueCount: number) => valueCount + 1,
  /** K logits and the weight's gradient in, K gradients out. */
  gradient: (valueCount: number) => 2 * valueCount + 1,
  /** K logits and K momenta in and out, the weight's gradient in. */
  sgdStep: (valueCount: number) => 4 * valueCount + 1,
  /** The same, and the next hard weight out. */
  sgdStepAndDraw: (valueCount: number) => 4 * valueCount + 2,
};
