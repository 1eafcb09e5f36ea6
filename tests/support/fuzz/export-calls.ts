// Every function of the addon, with arguments that are often wrong; each call leaves the addon's settings as they were.
import { closeSync, openSync } from "node:fs";
import { addon } from "../../../src/tensor/addon.js";
import type { Addon, DistributedAddon } from "../../../src/tensor/addon-functions.js";
import type { Argument, Handle, NumericArray } from "../../../src/tensor/addon-types.js";
import { argument, argumentsOf, HUGE, junk, NUMBERS } from "./arguments.js";
import { IMAGE_CALLS } from "./image-calls.js";
import { callKernel } from "./kernel-calls.js";
import { between, chance, many, pick } from "./random.js";
import { aten, someTensor, strided } from "./tensors.js";

type Call = () => unknown;

/** A call with arguments of the kinds that `argument` knows. */
function withKinds(name: keyof Addon | keyof DistributedAddon, kinds: string): Call {
  return () =>
    ((addon() as Addon & DistributedAddon)[name] as (...values: unknown[]) => unknown)(...argumentsOf(kinds));
}

const ARRAYS = [
  Float32Array,
  Float64Array,
  Int32Array,
  Int16Array,
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  BigInt64Array,
];

function someArray(buffer: ArrayBuffer): NumericArray {
  const Type = pick([...ARRAYS, Float32Array, Uint16Array, BigUint64Array]);
  const length = Math.floor(buffer.byteLength / Type.BYTES_PER_ELEMENT);
  const first = between(0, Math.min(2, length));
  return new Type(buffer, first * Type.BYTES_PER_ELEMENT, length - first) as NumericArray;
}

/** A tensor over an array's own memory, which is then taken away, cut short or only read. */
function fromTypedArray(): void {
  const options = chance(0.1) ? { maxByteLength: 4096 } : undefined;
  const resizable = ArrayBuffer as new (length: number, options?: { maxByteLength: number }) => ArrayBuffer;
  const buffer = new resizable(pick([0, 8, 64, 800, 4096]), options);
  const array = chance(0.95) ? someArray(buffer) : (junk() as NumericArray);
  const takeAway = () => structuredClone(buffer, { transfer: [buffer] });
  const shape: number[] = chance(0.9) ? [array?.length] : (argument("I") as number[]);
  if (chance(0.05) && Array.isArray(shape)) {
    const length = shape[0] ?? 0;
    Object.defineProperty(shape, 0, { get: () => takeAway() && length });
  }
  if (chance(0.02)) Object.defineProperty(array, "buffer", { get: () => pick([new ArrayBuffer(8), takeAway(), 3]) });
  const handle = addon().fromTypedArray(array, shape, chance(0.05) ? (junk() as boolean) : chance(0.7));
  if (chance(0.3)) takeAway();
  else if (options && chance(0.5)) (buffer as unknown as { resize(length: number): void }).resize(pick([0, 8, 4096]));
  try {
    const copied = aten("add.Tensor", handle, handle, 1);
    addon().toTypedArray(copied);
    addon().toTypedArray(handle);
  } finally {
    addon().release(handle);
  }
}

/** A typed array over a tensor's memory, which lives on alone, or goes elsewhere. */
function toTypedArray(): void {
  const handle = argument("T") as Handle;
  const array = addon().toTypedArray(handle);
  if (chance(0.3)) addon().release(handle);
  if (chance(0.3)) structuredClone(array.buffer, { transfer: [array.buffer as ArrayBuffer] });
  for (let i = 0; i < array.length; i += 1) array[i] = array[i] as never;
}

function scopes(): void {
  const depth = addon().scopeEnter();
  try {
    const kept = many(someTensor);
    if (chance(0.3)) addon().release(someTensor());
    const wrong = pick([depth - 1, depth + 1, -1, 0, ...HUGE, ...NUMBERS]) as number;
    if (wrong !== depth)
      addon().scopeLeave(chance(0.5) ? wrong : depth, chance(0.5) ? [2 ** 40, ...kept] : (junk() as number[]));
  } finally {
    // Left already where the junk was an array without handles.
    const now = addon().scopeEnter();
    addon().scopeLeave(now, []);
    if (now === depth + 1) addon().scopeLeave(depth, []);
  }
}

function releaseTwice(): void {
  const handle = someTensor();
  const view = chance(0.5) ? aten("view", handle, [-1]) : handle;
  addon().release(handle);
  if (view !== handle) addon().toTypedArray(view);
  addon().release(chance(0.9) ? handle : (argument("T") as Handle));
}

function backward(): void {
  const leaf = strided([2, 3]);
  addon().setRequiresGrad(leaf, true);
  const result = pick([
    () => aten("mul.Tensor", leaf, leaf),
    () => aten("sum", leaf),
    () => aten("expand", leaf, [4, 2, 3]),
    () => aten("index_select", leaf, 1, aten("to.dtype", aten("zeros", [3]), "int64")),
  ])();
  if (chance(0.1)) aten("resize_", leaf, [5, 5]);
  addon().backward(
    result,
    pick([() => null, someTensor, () => strided([2, 3]), () => strided([4, 2, 3]), junk])() as Handle,
  );
  if (chance(0.3)) addon().backward(result, null);
  addon().grad(leaf);
}

/** The lock of an open file, of a closed one and of none. */
function lockFile(): void {
  const file = openSync("/dev/null", "r");
  try {
    addon().lockFile(pick([file, argument("i") as number]));
  } finally {
    closeSync(file);
  }
  addon().lockFile(file);
}

/** A kernel's call while a setting is in force. */
function under(set: () => unknown, reset: () => unknown): void {
  try {
    set();
    callKernel();
  } finally {
    reset();
  }
}

/** There is no group: none is opened here, since that would wait for others. */
const DISTRIBUTED_CALLS: Readonly<Record<keyof DistributedAddon, Call>> = {
  openProcessGroup: withKinds("openProcessGroup", "iiSibSS"),
  connectProcessGroup: withKinds("connectProcessGroup", "i"),
  connectGradients: withKinds("connectGradients", "ib"),
  hasNccl: withKinds("hasNccl", ""),
  closeProcessGroup: withKinds("closeProcessGroup", "i"),
  groupSum: withKinds("groupSum", "iT"),
  groupStartSum: withKinds("groupStartSum", "iT"),
  groupFinishSum: withKinds("groupFinishSum", "ii"),
  groupBroadcast: withKinds("groupBroadcast", "iT"),
  groupSet: withKinds("groupSet", "iSS"),
  groupGet: withKinds("groupGet", "iSi"),
  groupAdd: withKinds("groupAdd", "iSi"),
  openGradientReduction: withKinds("openGradientReduction", "iTi"),
  beginGradientReduction: withKinds("beginGradientReduction", "i"),
  finishGradientReduction: withKinds("finishGradientReduction", "i"),
  closeGradientReduction: withKinds("closeGradientReduction", "i"),
};

/** Calls by the name of the addon's function: all of them, as tests/fuzz.test.ts checks. */
export const EXPORT_CALLS: Readonly<Record<keyof Addon | keyof DistributedAddon, Call>> = {
  ...DISTRIBUTED_CALLS,
  ...IMAGE_CALLS,
  fromTypedArray,
  toTypedArray,
  shape: withKinds("shape", "T"),
  dtype: withKinds("dtype", "T"),
  device: withKinds("device", "T"),
  moveTo: withKinds("moveTo", "TD"),
  isContiguous: withKinds("isContiguous", "Tb"),
  item: withKinds("item", "T"),
  scopeEnter: scopes,
  scopeLeave: scopes,
  release: releaseTwice,
  isLive: withKinds("isLive", "T"),
  liveCount: withKinds("liveCount", ""),
  declarations: withKinds("declarations", ""),
  findOperator: withKinds("findOperator", "SS"),
  call: () => addon().call(argument("i") as number, ...(argumentsOf("TTi") as Argument[])),
  setRequiresGrad: withKinds("setRequiresGrad", "Tb"),
  requiresGrad: withKinds("requiresGrad", "T"),
  version: withKinds("version", "T"),
  backward,
  grad: withKinds("grad", "T"),
  clearGrad: withKinds("clearGrad", "T"),
  setGradEnabled: () =>
    under(
      () => addon().setGradEnabled(argument("b") as boolean),
      () => addon().setGradEnabled(true),
    ),
  setThreads: () =>
    under(
      () => addon().setThreads(pick([1, 2, 3, 5, 0, -1, 1025, ...HUGE, ...NUMBERS, junk()]) as number),
      () => addon().setThreads(1),
    ),
  threads: withKinds("threads", "i"),
  manualSeed: withKinds("manualSeed", "s"),
  cudaDevices: withKinds("cudaDevices", ""),
  hasCudaKernels: withKinds("hasCudaKernels", ""),
  hasMps: withKinds("hasMps", ""),
  memoryUse: withKinds("memoryUse", ""),
  allowTf32: withKinds("allowTf32", "b"),
  setAutocast: () =>
    under(
      () => addon().setAutocast(argument("D") as string, argument("b") as boolean),
      () => [addon().setAutocast("cpu", false), addon().setAutocast("cuda", false)],
    ),
  watchSignals: () =>
    under(
      () => addon().watchSignals(argument("S") as string, argument("S") as string, argument("i") as number),
      () => addon().unwatchSignals(),
    ),
  unwatchSignals: withKinds("unwatchSignals", ""),
  stopRequested: withKinds("stopRequested", "i"),
  lockFile,
  endWithParent: withKinds("endWithParent", "i"),
  versions: withKinds("versions", ""),
  startProfile: () =>
    under(
      () => addon().startProfile(argument("b") as boolean),
      () => addon().stopProfile(),
    ),
  stopProfile: withKinds("stopProfile", ""),
};

export function callExport(): void {
  const name = pick(Object.keys(EXPORT_CALLS)) as keyof Addon;
  if (process.env["FUZZ_TRACE"]) console.error(name);
  EXPORT_CALLS[name]();
}
