/** Quantized activations have at most this many bits. */
export const MAX_ACTIVATION_BITS = 8;

/** The last stage of progressive quantization: 2^-30 is still a normal float32, and no network needs that many. */
export const MAX_STAGE = 30;
