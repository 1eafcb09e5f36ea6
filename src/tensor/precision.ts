import { addon } from "./addon.js";

/**
 * float32: all arithmetic. tf32: float32 products rounded to TF32's 10 bits on CUDA. bf16: convolutions and products in
 * bfloat16.
 */
export type Precision = "float32" | "tf32" | "bf16";

/**
 * Sets whether cuBLAS and cuDNN may round the factors of float32 products to TF32 (10 bits instead of 23), in this
 * process. LibTorch's default is no for cuBLAS and yes for cuDNN.
 */
export function allowTf32(allowed: boolean): void {
  addon().allowTf32(allowed);
}

/**
 * Runs `body` under autocast to bfloat16: on that device type, convolutions and matrix products round their inputs to
 * bfloat16 and return it, losses are computed in float32, gradients of float32 tensors are float32. For forward passes;
 * run the backward pass outside, it follows their types.
 */
export function autocastBf16<Result>(device: "cpu" | "cuda", body: () => Result): Result {
  const before = addon().setAutocast(device, true);
  try {
    return body();
  } finally {
    addon().setAutocast(device, before);
  }
}
