import type { ImageDataset } from "../data/dataset.js";
import { loadDataset } from "../data/registry.js";
import { checkImageSize } from "../models/registry.js";
import type { Module } from "../nn/module.js";
import type { EpochMetrics } from "../run/metrics-jsonl.js";
import { manualSeed, setThreads, versions } from "../tensor/runtime.js";
import { fit } from "../train/fit.js";
import { epochLine, percent } from "./epoch-line.js";
import { networkFamily } from "./network-flag.js";
import { progressDisplay } from "./progress.js";
import { packNetwork, RunWriter } from "./run-writer.js";
import { resolveSettings, type TrainFlags, type TrainSettings } from "./train-settings.js";

/** The built-in data set is the same for every run: seeds of runs are compared on equal data. */
const DATASET_SEED = 0;

/** `weight-search train`: everything is checked before anything is written. */
export async function train(flags: TrainFlags): Promise<void> {
  const settings = resolveSettings(flags);
  const family = networkFamily(settings.arch);
  const dataset = loadDataset(settings.dataset, settings.path ?? undefined, DATASET_SEED);
  if (dataset.kind === "files") {
    throw new InputError(`-d/--dataset: expected a data set that is held in memory, found ${settings.dataset}`);
  }
  checkImageSize(family, settings.arch, dataset.height, dataset.width);
  setThreads(settings.threads);
  manualSeed(settings.seed);
  const network = family.build({ numClasses: dataset.classNames.length, search: settings.search });
  const writer = flags.save === false ? null : new RunWriter(flags.workDir, settings);
  print(headline(settings, dataset, network));

  const { recipe } = settings;
  const display = progressDisplay(flags.verbose ?? false, process.stdout, recipe.epochs);
  const epochs: EpochMetrics[] = [];
  exitOnSignals(() => display.clear());
  try {
    await fit({
      ...settings,
      network,
      dataset,
      memoryFormat: family.memoryFormat,
      onProgress: (progress) => display.update(progress),
      onEpoch: (metrics) => {
        epochs.push(metrics);
        writer?.epoch(metrics, network);
        print(epochLine(metrics, recipe.epochs, settings.search !== null));
      },
    });
  } finally {
    display.clear();
  }
  for (const line of closing(epochs, network, writer)) print(line);
}

/** Ctrl-C and `kill` end the run between two steps; the directory holds every finished epoch. */
function exitOnSignals(restoreTerminal: () => void): void {
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const) {
    process.once(signal, () => {
      restoreTerminal();
      process.stderr.write(`stopped by ${signal}\n`);
      process.exit(code);
    });
  }
}

function headline(settings: TrainSettings, { train, val, classNames }: ImageDataset, network: Module): string {
  const { arch, dataset, search, soft, seed, threads } = settings;
  const layers = [...network.namedSearchedWeights()].length;
  const how =
    search === null
      ? "float weights"
      : `${soft ? "soft" : "hard"} search of ${layers} layers over {${search.values.join(", ")}}`;
  return (
    `${arch}, ${how} | ${dataset}: ${train.count} train, ${val.count} val, ${classNames.length} classes | ` +
    `seed ${seed}, ${threads} ${threads === 1 ? "thread" : "threads"}, LibTorch ${versions().libtorch}`
  );
}

function closing(epochs: readonly EpochMetrics[], network: Module, writer: RunWriter | null): string[] {
  const lines: string[] = [];
  const last = epochs.at(-1);
  if (last !== undefined) {
    const best = epochs.reduce((a, b) => (b.val.top1 > a.val.top1 ? b : a));
    lines.push(
      `accuracy: top-1 ${percent(last.val.top1)}, top-5 ${percent(last.val.top5)} (best top-1 ${percent(best.val.top1)}, epoch ${best.epoch})`,
    );
  }
  const packed = packNetwork(network);
  if (packed !== null) {
    lines.push(
      `packed size: ${packed.searchedBitsPerWeight.toFixed(2)} bits per searched weight, ` +
        `${packed.bitsPerWeight.toFixed(2)} bits per weight over all layers, ${(packed.sizeBytes / 1000).toFixed(1)} kB in all`,
    );
  }
  if (writer !== null) lines.push(`run: ${writer.directory}`);
  return lines;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
