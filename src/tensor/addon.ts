import { existsSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { packageRoot } from "../system/package-root.js";
import { threadsFromEnvironment } from "../system/thread-variable.js";
import { InputError } from "../text/errors.js";

/** A tensor of the addon's table. Never reused: a released one is told from a live one. */
export type Handle = number;

/** What an operator takes: tensors as handles, integers as bigint where a schema says Scalar. */
export type Argument = Handle | bigint | boolean | string | null | undefined | readonly Argument[];

/** What an operator gives back: a handle where the schema says Tensor. */
export type Result = Handle | boolean | string | null | undefined | Result[];

export type NumericArray =
  | Float32Array
  | Float64Array
  | Int32Array
  | Int16Array
  | Int8Array
  | Uint8Array
  | BigInt64Array;

/**
 * What ran: LibTorch's version, the instruction sets of the search kernels and of the Winograd convolution ("none" where
 * LibTorch's computes instead), the JPEG library or "none", LibTorch's thread report.
 */
export interface Versions {
  readonly libtorch: string;
  readonly kernels: string;
  readonly winograd: string;
  readonly jpeg: string;
  readonly parallel: string;
}

/** Bytes of CPU tensors of 256 KiB and more: in use, kept for reuse, and the most that ever were in use. */
export interface MemoryUse {
  readonly live: number;
  readonly idle: number;
  readonly peakLive: number;
}

/** What a JPEG's header says; `rgb` includes YCbCr, `cmyk` YCCK. */
export interface JpegInfo {
  readonly width: number;
  readonly height: number;
  readonly components: number;
  readonly colour: "grey" | "rgb" | "cmyk" | "unknown";
}

/** Where the input and the output of a resampling lie along one axis: see `native/images/resample.h`. */
export type ResampleAxis = readonly [
  offset: number,
  length: number,
  begin: number,
  end: number,
  size: number,
  first: number,
  count: number,
];

/** What was measured of one operator: see `stopProfile`. */
export interface OperatorTime {
  /** `aten::add`; of a node of the backward pass its C++ name, `ConvolutionBackward0`. */
  readonly name: string;
  /** Whether it is a node of the backward pass; what that calls are operators. */
  readonly backward: boolean;
  readonly calls: number;
  /** Of all calls together, without the operators that they call in turn. */
  readonly selfMicroseconds: number;
  /** Shapes of tensors by argument; a node's arguments are numbered. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  /** Lists of integers and of booleans (0, 1) by argument, such as a stride. */
  readonly lists: Readonly<Record<string, readonly number[]>>;
}

/** The functions `native/` exports; see the files of the same topics there. */
export interface Addon {
  fromTypedArray(array: NumericArray, shape: readonly number[], share: boolean): Handle;
  toTypedArray(tensor: Handle): NumericArray;
  shape(tensor: Handle): number[];
  dtype(tensor: Handle): string;
  device(tensor: Handle): string;
  moveTo(tensor: Handle, device: string): void;
  isContiguous(tensor: Handle, channelsLast: boolean): boolean;
  item(tensor: Handle): number | boolean;
  scopeEnter(): number;
  scopeLeave(depth: number, kept: readonly Handle[]): void;
  release(tensor: Handle): void;
  isLive(tensor: Handle): boolean;
  liveCount(): number;
  findOperator(name: string, overload: string): number;
  call(operator: number, ...values: readonly Argument[]): Result;
  setRequiresGrad(tensor: Handle, requiresGrad: boolean): void;
  requiresGrad(tensor: Handle): boolean;
  version(tensor: Handle): number;
  backward(tensor: Handle, gradient?: Handle | null): void;
  grad(tensor: Handle): Handle | null;
  clearGrad(tensor: Handle): void;
  setGradEnabled(enabled: boolean): boolean;
  setThreads(threads: number): void;
  threads(): number;
  manualSeed(seed: number): void;
  cudaDevices(): number;
  hasCudaKernels(): boolean;
  hasMps(): boolean;
  memoryUse(): MemoryUse;
  allowTf32(allowed: boolean): void;
  setAutocast(device: string, enabled: boolean): boolean;
  versions(): Versions;
  startProfile(withInputs: boolean): void;
  stopProfile(): OperatorTime[];
  jpegInfo(bytes: Uint8Array): JpegInfo;
  decodeJpeg(bytes: Uint8Array, x: number, y: number, width: number, height: number, scale: 1 | 2 | 4 | 8): Uint32Array;
  resample(pixels: Uint32Array, horizontal: ResampleAxis, vertical: ResampleAxis, filter: number): Uint32Array;
  pixelsToRgb(pixels: Uint32Array, into: Uint8Array): void;
  watchSignals(first: string, second: string, graceMs: number): void;
  unwatchSignals(): void;
  askedToStop(): number;
  lockFile(descriptor: number): boolean;
  endWithParent(parent: number): void;
}

/** What it exports besides where it was built with c10d's Gloo; see `native/distributed/exports.cc`. */
export interface DistributedAddon {
  openProcessGroup(
    rank: number,
    size: number,
    host: string,
    port: number,
    hostsStore: boolean,
    prefix: string,
    timeoutMs: number,
  ): number;
  connectProcessGroup(group: number): void;
  connectGradients(group: number, nccl: boolean): void;
  hasNccl(): boolean;
  closeProcessGroup(group: number): void;
  groupSum(group: number, tensor: Handle): void;
  groupStartSum(group: number, tensor: Handle): number;
  groupFinishSum(group: number, sum: number): void;
  groupBroadcast(group: number, tensor: Handle): void;
  groupSet(group: number, key: string, text: string): void;
  groupGet(group: number, key: string, timeoutMs: number): string | null;
  groupAdd(group: number, key: string, amount: number): number;
  openGradientReduction(group: number, tensors: readonly Handle[], bucketBytes: number): number;
  beginGradientReduction(reduction: number): void;
  finishGradientReduction(reduction: number): Float64Array;
  closeGradientReduction(reduction: number): void;
}

let loaded: Addon | undefined;

/**
 * GNU OpenMP's threads wait for each other by spinning some milliseconds long before they sleep. Where another process
 * uses the cores too, that starves the thread that is waited for: a step then takes many times as long. A tenth of a
 * millisecond loses nothing on a quiet machine. OpenMP reads this when it is loaded, that is, with the addon.
 */
function limitSpinning(): void {
  if (process.env["OMP_WAIT_POLICY"] === undefined) process.env["GOMP_SPINCOUNT"] ??= "5000";
}

/** c10d tells of every try to reach a process that is not there yet. What comes to nothing is told by an error of ours. */
function quietC10d(): void {
  process.env["TORCH_CPP_LOG_LEVEL"] ??= "FATAL";
  // Debian's LibTorch writes through glog, whose levels are numbers.
  process.env["GLOG_minloglevel"] ??= "3";
}

/** OpenMP writes lines of its own about a variable that is empty or wrong, when it is loaded. Throws InputError if wrong. */
function checkThreads(): void {
  if (threadsFromEnvironment() === undefined) delete process.env["OMP_NUM_THREADS"];
}

/** The addon that the set-up built, or the file that WEIGHT_SEARCH_ADDON names: one built otherwise, as with sanitizers. */
function addonPath(): string {
  const asked = process.env["WEIGHT_SEARCH_ADDON"];
  if (asked === undefined) return join(packageRoot(), "build", "weight_search.node");
  const path = resolve(asked);
  // By its ending, since Node would run any other file as JavaScript.
  if (!path.endsWith(".node") || !statSync(path, { throwIfNoEntry: false })?.isFile()) {
    throw new InputError(`WEIGHT_SEARCH_ADDON: expected the file of a native addon, *.node, found "${asked}"`);
  }
  return path;
}

/**
 * Loads the addon, and with it LibTorch (about a second), when it is first needed.
 * @throws InputError when one of the environment variables `WEIGHT_SEARCH_*` has a value that is not known or does not serve
 */
export function addon(): Addon {
  if (loaded === undefined) {
    checkThreads();
    limitSpinning();
    quietC10d();
    const path = addonPath();
    try {
      loaded = createRequire(import.meta.url)(path) as Addon;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      // One of our environment variables has a value that the addon does not know.
      if (message.startsWith("WEIGHT_SEARCH_")) throw new InputError(message);
      if (process.env["WEIGHT_SEARCH_ADDON"] !== undefined) {
        throw new InputError(`WEIGHT_SEARCH_ADDON: ${path} does not load as an addon: ${message.split("\n", 1)[0]}`);
      }
      throw new Error(explain(path, message));
    }
  }
  return loaded;
}

/** The addon where it can train over several processes. Throws Error, with what to do about it, where it cannot. */
export function distributedAddon(): DistributedAddon {
  const built = addon() as Addon & Partial<DistributedAddon>;
  if (built.openProcessGroup !== undefined) return built as Addon & DistributedAddon;
  throw new Error(
    "the native addon was built without c10d's Gloo, which training over several processes needs: install its headers (Debian's " +
      'package libgloo-dev) and run "npm run setup"',
  );
}

function explain(path: string, message: string): string {
  if (!existsSync(path)) return `the native addon is not built: run "npm run setup" (looked for ${path})`;
  return (
    `the native addon ${path} does not load: ${message.split("\n", 1)[0]}. Likely causes: LibTorch was moved, removed or ` +
    `updated since the build, or the addon was built for another machine. Run "npm run setup" to build it again.`
  );
}
