import { availableParallelism } from "node:os";
import type { BatchSources } from "../data/batch-sources.js";
import type { Dataset } from "../data/dataset.js";
import type { DataSource } from "../data/definition.js";
import type { NetworkFamily } from "../models/network.js";
import { checkImageSize } from "../models/registry.js";
import type { RunSettings } from "../run/settings.js";
import { allowTf32, type Precision } from "../tensor/precision.js";
import { setThreads } from "../tensor/runtime.js";
import { type DataNeeds, type DataSettings, loadData, openData } from "./data.js";
import { resolveDevice, resolvePrecision } from "./device.js";
import { type Execution, executionOn } from "./execution.js";
import type { Network } from "./load-network.js";
import type { Note, PlaceOptions } from "./options.js";

/** What is at hand when a network is to run: checked, loaded, and nothing written yet. */
export interface Session {
  readonly family: NetworkFamily;
  readonly dataset: Dataset;
  readonly sources: BatchSources;
  /** LibTorch's name of the device. */
  readonly device: string;
  readonly precision: Precision;
  readonly execution: Execution;
}

/** What a session needs to know of a run, or of an evaluation. */
export type SessionSettings = DataSettings & Pick<RunSettings, "precision" | "threads">;

/** Loads the data and opens it for a network on its device. Throws InputError for whatever does not fit. */
export async function openSession(
  data: DataSource,
  settings: SessionSettings,
  { arch, family }: Pick<Network, "arch" | "family">,
  place: Pick<PlaceOptions, "device" | "gpu" | "localRank" | "download" | "downloadUrl" | "onDownload" | "skipped">,
  note: Note,
  needs: DataNeeds = { isEvaluation: false },
): Promise<Session> {
  const { threads } = settings;
  const { skipped = (problem) => note(`skipped: ${problem}`) } = place;
  const device = resolveDevice(place);
  const precision = resolvePrecision(settings.precision, device);
  if (device.startsWith("cuda")) allowTf32(precision === "tf32");
  const dataset = await loadData(data, settings, place, needs);
  noteManyThreads(threads, note);
  setThreads(threads);
  const sources = await openData(dataset, settings, { memoryFormat: family.memoryFormat, device }, skipped);
  try {
    for (const { height, width } of [sources.train, sources.val]) checkImageSize(family, arch, height, width);
  } catch (error) {
    await sources.close();
    throw error;
  }
  return { family, dataset, sources, device, precision, execution: executionOn(device, precision) };
}

/** Notes that options for images in files have no effect on those in memory, which need no worker threads. */
export function noteIdleWorkers(
  options: { readonly workers?: number; readonly onBadImage?: string },
  { usesWorkers }: BatchSources,
  note: Note,
): void {
  const idle = options.workers === undefined ? options.onBadImage && "onBadImage" : "workers";
  if (idle === undefined || usesWorkers) return;
  note(`\`${idle}\` makes no difference: these images are in memory and prepared without worker threads`);
}

/** A few more threads than cores is a matter of taste; many more look like a command that hangs. */
function noteManyThreads(threads: number, note: Note): void {
  const cores = availableParallelism();
  if (threads > 4 * cores) {
    note(`${threads} threads on ${cores} ${cores === 1 ? "core" : "cores"} wait for each other most of the time`);
  }
}
