import { addon, distributedAddon, type MemoryUse, type Versions } from "./addon.js";

/** Threads of LibTorch in this process (OpenMP, oneDNN, OpenBLAS). LibTorch's own default is 1 here: set it. */
export function setThreads(threads: number): void {
  addon().setThreads(threads);
}

/** Threads in force. */
export function threads(): number {
  return addon().threads();
}

/** Seeds LibTorch's generators: `rand`, `randn` and initialisation follow from it. */
export function manualSeed(seed: number): void {
  addon().manualSeed(seed);
}

/** How many CUDA devices this LibTorch can use; 0 without CUDA. */
export function cudaDevices(): number {
  return addon().cudaDevices();
}

/** Whether the addon was built with kernels of its own for CUDA; else they are composed of LibTorch's operators, which is slower. */
export function hasCudaKernels(): boolean {
  return addon().hasCudaKernels();
}

/** Whether gradients on CUDA devices can be summed by NCCL. Throws where the addon knows no other processes at all. */
export function hasNccl(): boolean {
  return distributedAddon().hasNccl();
}

/** Whether this LibTorch can use Apple's GPU (Metal Performance Shaders). */
export function hasMps(): boolean {
  return addon().hasMps();
}

/** The memory of large CPU tensors. Blocks of freed ones are kept, until half more in all than were ever in use at once. */
export function memoryUse(): MemoryUse {
  return addon().memoryUse();
}

/** What ran, for a run's record. */
export function versions(): Versions {
  return addon().versions();
}
