import { addon } from "./addon.js";
import type { Tensor } from "./tensor.js";

/**
 * Whether these are images that the fused operators take: float32 `[N, C, H, W]`, channels-last in memory, on the CPU.
 */
export function areFusable(images: Tensor): boolean {
  return images.dtype === "float32" && images.device === "cpu" && addon().isContiguous(images.handle, true);
}
