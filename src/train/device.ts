import type { Precision } from "../tensor/precision.js";
import { cudaDevices, hasMps, versions } from "../tensor/runtime.js";
import { InputError } from "../text/errors.js";

/** The requested device, and the local rank of this process. */
export interface DeviceOptions {
  readonly device?: string;
  readonly gpu?: number;
  readonly localRank?: number;
}

/** A device as it was named: which kind, and which one of that kind where that was said. */
interface Wanted {
  readonly kind: "cpu" | "cuda" | "mps" | "auto";
  readonly index: number | undefined;
}

/**
 * The device to compute on, by LibTorch's name: `cpu`, `cuda:1`, `mps`. gpu i is device `cuda:i`; with neither,
 * and with `auto`, the first of CUDA, MPS and the CPU that this LibTorch can use. A launcher's local rank picks among
 * several CUDA devices.
 * @throws InputError for a device that is not there, or flags that contradict each other
 */
export function resolveDevice({ device, gpu, localRank }: DeviceOptions): string {
  const wanted = device === undefined ? undefined : parseDevice(device);
  if (gpu !== undefined) {
    if (wanted !== undefined && (wanted.kind !== "cuda" || (wanted.index ?? gpu) !== gpu)) {
      throw new InputError(`\`gpu\` and \`device\`: expected the same device, received ${gpu} and "${device}"`);
    }
    return available({ kind: "cuda", index: gpu }, `\`gpu\` ${gpu}`);
  }
  const { kind, index = localRank } = wanted ?? { kind: "auto" };
  if (kind !== "auto") return available({ kind, index }, `\`device\` ${device}`);
  if (cudaDevices() > 0) return available({ kind: "cuda", index }, "`localRank`");
  return hasMps() ? "mps" : "cpu";
}

/** The precision to compute in on a device, float32 by default. Throws InputError if the device has no other. */
export function resolvePrecision(precision: Precision | undefined, device: string): Precision {
  if (precision !== undefined && precision !== "float32" && !device.startsWith("cuda")) {
    throw new InputError(`\`precision\` ${precision}: expected a CUDA device, found ${device}`);
  }
  return precision ?? "float32";
}

function parseDevice(text: string): Wanted {
  const match = /^(cpu|mps|auto|cuda(?::(\d{1,3}))?)$/.exec(text);
  if (match === null) {
    throw new InputError(`\`device\`: expected cpu, cuda, cuda:<index>, mps or auto, received "${text}"`);
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
