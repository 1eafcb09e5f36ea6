import { addon } from "./addon.js";

/** float32: all arithmetic in it. tf32: products of float32 by TF32's 10 bits on CUDA. bf16: convolutions and products in bfloat16. */
export type Precision = "float32" | "tf32" | "bf16";

/**
 * Whether cuBLAS and cuDNN may round the factors of float32 products to TF32 (10 bits instead of 23), in this process.
 * LibTorch's own default is no for cuBLAS and yes for cuDNN.
 */
export function allowTf32(allowed: boolean): void {
  addon().allowTf32(allowed);
}

/**
 * Runs `body` with autocast to bfloat16: on tensors of that kind of device, convolutions and matrix products round their
 * inputs to bfloat16 and give it, losses are computed in float32, gradients of float32 tensors are float32. For forward
 * passes; the backward pass, to be run outside, follows their types.
 */
export function autocastBf16<Result>(device: "cpu" | "cuda", body: () => Result): Result {
  const before = addon().setAutocast(device, true);
  try {
    return body();
  } finally {
    addon().setAutocast(device, before);
  }
}
