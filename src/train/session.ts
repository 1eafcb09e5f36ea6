import { availableParallelism } from "node:os";
import type { DataFlags } from "../cli/options/data.js";
import { networkFamily } from "../cli/options/network.js";
import type { BatchSources } from "../data/batch-sources.js";
import type { Dataset } from "../data/dataset.js";
import { checkImageSize, type NetworkFamily } from "../models/registry.js";
import { note } from "../system/note.js";
import { allowTf32, type Precision } from "../tensor/precision.js";
import { setThreads } from "../tensor/runtime.js";
import { type DataSettings, loadData, openData } from "./data.js";
import { resolveDevice, resolvePrecision } from "./device.js";
import { type Execution, executionOn } from "./execution.js";

/** What a command that runs a network has at hand: checked, loaded, and nothing written yet. */
export interface Session {
  readonly family: NetworkFamily;
  readonly dataset: Dataset;
  readonly sources: BatchSources;
  readonly device: string;
  readonly precision: Precision;
  readonly execution: Execution;
}

export interface SessionOptions {
  readonly arch: string;
  readonly data: DataSettings;
  readonly threads: number;
  readonly flags: DataFlags & { readonly localRank?: number };
}

/** Loads the data and opens it for a network on its device. Throws InputError for whatever does not fit. */
export async function openSession({ arch, data, threads, flags }: SessionOptions): Promise<Session> {
  const family = networkFamily(arch);
  const device = resolveDevice(flags);
  const precision = resolvePrecision(flags.precision, device);
  if (device.startsWith("cuda")) allowTf32(precision === "tf32");
  const dataset = await loadData(data, flags);
  noteManyThreads(threads);
  setThreads(threads);
  const sources = await openData(dataset, data, { memoryFormat: family.memoryFormat, device });
  try {
    for (const { height, width } of [sources.train, sources.val]) checkImageSize(family, arch, height, width);
    const idle = flags.workers === undefined ? flags.onBadImage && "--on-bad-image" : "--workers";
    if (idle !== undefined && !sources.usesWorkers) {
      note(`${idle} makes no difference: these images are in memory and prepared without worker threads`);
    }
  } catch (error) {
    await sources.close();
    throw error;
  }
  return { family, dataset, sources, device, precision, execution: executionOn(device, precision) };
}

/** A few more threads than cores is a matter of taste; many more look like a command that hangs. */
function noteManyThreads(threads: number): void {
  const cores = availableParallelism();
  if (threads > 4 * cores) {
    note(`${threads} threads on ${cores} ${cores === 1 ? "core" : "cores"} wait for each other most of the time`);
  }
}

/** Where a network runs, for a line of output: "cpu"; "cuda:0, bf16". */
export function placeText({ device, precision }: Session): string {
  return precision === "float32" ? device : `${device}, ${precision}`;
}
