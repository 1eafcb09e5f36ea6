import { addon, distributedAddon } from "./addon.js";
import type { MemoryUse, Versions } from "./addon-types.js";

/** Sets the number of LibTorch's threads in this process (OpenMP, oneDNN, OpenBLAS). The default here is 1. */
export function setThreads(threads: number): void {
  addon().setThreads(threads);
}

/** The number of LibTorch's threads. */
export function threads(): number {
  return addon().threads();
}

/** Seeds LibTorch's generators, which determine `rand`, `randn` and initialization. */
export function manualSeed(seed: number): void {
  addon().manualSeed(seed);
}

/** Number of CUDA devices that this LibTorch can use; 0 without CUDA. */
export function cudaDevices(): number {
  return addon().cudaDevices();
}

/** Whether the addon was built with custom CUDA kernels; else operators are composed of LibTorch's, which is slower. */
export function hasCudaKernels(): boolean {
  return addon().hasCudaKernels();
}

/**
 * Whether gradients on CUDA devices can be summed by NCCL. Throws if the addon was built without distributed support.
 */
export function hasNccl(): boolean {
  return distributedAddon().hasNccl();
}

/** Whether this LibTorch can use Apple's GPU (Metal Performance Shaders). */
export function hasMps(): boolean {
  return addon().hasMps();
}

/** Memory of large CPU tensors. Freed blocks are cached, up to a total of 1.5 times the peak in use. */
export function memoryUse(): MemoryUse {
  return addon().memoryUse();
}

/** Versions and kernels in use, for a run's record. */
export function versions(): Versions {
  return addon().versions();
}
