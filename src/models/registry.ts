import type { Module } from "../nn/module.js";
import type { MemoryFormat } from "../tensor/shape.js";
import { ResNetCifar } from "./resnet-cifar.js";
import type { SearchPolicy } from "./search-policy.js";
import { VggSmall } from "./vgg-small.js";

export interface NetworkOptions {
  readonly numClasses: number;
  /** What is searched; `null` for a float network. */
  readonly search: SearchPolicy | null;
}

export interface NetworkFamily {
  /** Builds the network; its initial values come from LibTorch's generator. */
  readonly build: (options: NetworkOptions) => Module;
  /** Height and width the network is made for, pixels. */
  readonly imageSize: number;
  /** The layout of images in which a training step is fastest on a CPU, by measurement (benchmarks/). */
  readonly memoryFormat: MemoryFormat;
}

/** Every network by its name on the command line. To add one, see CONTRIBUTING.md. */
export const networks: ReadonlyMap<string, NetworkFamily> = new Map<string, NetworkFamily>([
  ["vgg_small", { build: (options) => new VggSmall(options), imageSize: 32, memoryFormat: "contiguous_format" }],
  [
    "resnet20",
    { build: (options) => new ResNetCifar({ blocks: 3, ...options }), imageSize: 32, memoryFormat: "channels_last" },
  ],
]);
