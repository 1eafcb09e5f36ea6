import type { Precision } from "../tensor/precision.js";
import { cudaDevices, hasMps, versions } from "../tensor/runtime.js";
import { InputError } from "../text/errors.js";

/** What the flags say of the device, and which process of its machine this is. */
export interface DeviceFlags {
  readonly device?: string;
  readonly gpu?: number;
  readonly localRank?: number;
}

/** `--device` as written: which kind, and which one of that kind if the user said so. */
interface Wanted {
  readonly kind: "cpu" | "cuda" | "mps" | "auto";
  readonly index: number | undefined;
}

/**
 * The device to compute on, by LibTorch's name: `cpu`, `cuda:1`, `mps`. `--gpu i` is `--device cuda:i`; with neither,
 * and with `auto`, the first of CUDA, MPS and the CPU that this LibTorch can use. A launcher's local rank picks among
 * several CUDA devices.
 * @throws InputError for a device that is not there, or flags that contradict each other
 */
export function resolveDevice({ device, gpu, localRank }: DeviceFlags): string {
  const wanted = device === undefined ? undefined : parseDevice(device);
  if (gpu !== undefined) {
    if (wanted !== undefined && (wanted.kind !== "cuda" || (wanted.index ?? gpu) !== gpu)) {
      throw new InputError(`options --gpu and --device: expected the same device, received ${gpu} and "${device}"`);
    }
    return available({ kind: "cuda", index: gpu }, `option --gpu ${gpu}`);
  }
  const { kind, index = localRank } = wanted ?? { kind: "auto" };
  if (kind !== "auto") return available({ kind, index }, `option --device ${device}`);
  if (cudaDevices() > 0) return available({ kind: "cuda", index }, "option --local_rank");
  return hasMps() ? "mps" : "cpu";
}

/** The precision to compute in on a device, float32 unless asked. Throws InputError where the device has no other. */
export function resolvePrecision(precision: Precision | undefined, device: string): Precision {
  if (precision !== undefined && precision !== "float32" && !device.startsWith("cuda")) {
    throw new InputError(`option --precision ${precision}: expected a CUDA device, found ${device}`);
  }
  return precision ?? "float32";
}

function parseDevice(text: string): Wanted {
  const match = /^(cpu|mps|auto|cuda(?::(\d{1,3}))?)$/.exec(text);
  if (match === null) {
    throw new InputError(`option --device: expected cpu, cuda, cuda:<index>, mps or auto, received "${text}"`);
  }
  const [kind] = text.split(":") as [Wanted["kind"]];
  return { kind, index: match[2] === undefined ? undefined : Number(match[2]) };
}

function available({ kind, index = 0 }: Wanted, source: string): string {
  const { libtorch } = versions();
  if (kind === "cuda") {
    const count = cudaDevices();
    if (count === 0)
      throw new InputError(`${source}: expected a CUDA device, found none that LibTorch ${libtorch} can use`);
    if (index >= count) throw new InputError(`${source}: expected an index from 0 to ${count - 1}, found ${index}`);
    return `cuda:${index}`;
  }
  if (kind === "mps" && !hasMps()) {
    throw new InputError(`${source}: expected Apple's MPS, found none that LibTorch ${libtorch} can use`);
  }
  return kind;
}
