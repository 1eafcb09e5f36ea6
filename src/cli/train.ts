import type { Module } from "../nn/module.js";
import type { EpochMetrics } from "../run/metrics-jsonl.js";
import { bestEpoch } from "../run/summary.js";
import { valueSetText } from "../search/value-set-text.js";
import { manualSeed, versions } from "../tensor/runtime.js";
import { evaluate } from "../train/evaluate.js";
import { fit } from "../train/fit.js";
import { epochLine, passText, percent, skippedLine, tellsTop5 } from "./epoch-line.js";
import { startFromFile, startFromStage } from "./initial-model.js";
import { type ProgressDisplay, progressDisplay } from "./progress.js";
import { packNetwork, RunWriter } from "./run-writer.js";
import { openSession, placeText, type Session } from "./session.js";
import { exitOnSignals } from "./signals.js";
import { nextStage, resolveSettings, type TrainFlags, type TrainSettings } from "./train-settings.js";

/** `weight-search train`: everything is checked before anything is written. */
export async function train(flags: TrainFlags): Promise<void> {
  let settings = resolveSettings(flags);
  const session = await openSession({ arch: settings.arch, data: settings, threads: settings.threads, flags });
  const display = progressDisplay(flags.verbose ?? false, process.stdout, settings.recipe.epochs);
  exitOnSignals(() => display.clear());
  if (flags.syncBn) process.stderr.write("note: --sync-bn: one process sees the whole batch already\n");
  try {
    let previous: Finished | null = null;
    for (let run = 0; run < (flags.stages ?? 1); run++) {
      if (previous !== null) settings = nextStage(settings, previous.directory);
      previous = await trainOnce(settings, session, { flags, display, previous });
    }
  } finally {
    display.clear();
    await session.sources.close();
  }
}

interface Surroundings {
  readonly flags: TrainFlags;
  readonly display: ProgressDisplay;
  /** The stage before, when stages run in a row. */
  readonly previous: Finished | null;
}

/** A run that has ended. */
interface Finished {
  readonly network: Module;
  /** Its directory; `null` when nothing is saved. */
  readonly directory: string | null;
}

/** One run with a directory of its own. */
async function trainOnce(
  settings: TrainSettings,
  session: Session,
  { flags, display, previous }: Surroundings,
): Promise<Finished> {
  const { dataset, sources, family, device, execution } = session;
  const { recipe, search, loadModelState, limitBatches } = settings;
  manualSeed(settings.seed);
  const network = family.build({ numClasses: dataset.classNames.length, search });
  const onProgress = display.update.bind(display);

  const classes = dataset.classNames.length;
  const lines: string[] = [];
  if (previous !== null) startFromStage(network, previous.network, settings.stage ?? 0);
  else if (loadModelState !== null) lines.push(...startFromFile(network, settings.stage, loadModelState));
  network.moveTo(device);
  if (previous !== null || loadModelState !== null) {
    const { metrics } = await evaluate(network, sources.val, { epoch: 0, limitBatches, execution, onProgress });
    lines.push(`before training: val ${passText(metrics, classes)}`);
  }

  const writer = flags.save === false ? null : new RunWriter(flags.workDir, settings, device);
  for (const line of [headline(settings, session, network), ...lines]) print(line);
  const epochs: EpochMetrics[] = [];
  await fit({
    ...settings,
    network,
    train: sources.train,
    val: sources.val,
    execution,
    onProgress,
    onEpoch: (metrics) => {
      epochs.push(metrics);
      writer?.epoch(metrics, network);
      print(epochLine(metrics, { epochs: recipe.epochs, searched: search !== null, classes }));
      if (metrics.skippedImages > 0) print(skippedLine(metrics.skippedImages));
    },
  });
  display.clear();
  for (const line of closing(epochs, classes, network, writer)) print(line);
  return { network, directory: writer?.directory ?? null };
}

function headline({ arch, dataset: name, ...settings }: TrainSettings, session: Session, network: Module): string {
  const { search, stage, soft, seed, threads } = settings;
  const { sources, dataset } = session;
  const place = placeText(session);
  const layers = [...network.namedSearchedWeights()].length;
  const how =
    search === null
      ? "float weights"
      : `${soft ? "soft" : "hard"} search of ${layers} layers over ${stage ? "factors " : ""}${valueSetText(search.values)}` +
        (stage === null ? "" : `, stage ${stage}`);
  return (
    `${arch}, ${how} | ${name}: ${sources.train.count} train, ${sources.val.count} val, ${dataset.classNames.length} classes | ` +
    `seed ${seed}, ${place}, ${threads} ${threads === 1 ? "thread" : "threads"}, LibTorch ${versions().libtorch}`
  );
}

function closing(
  epochs: readonly EpochMetrics[],
  classes: number,
  network: Module,
  writer: RunWriter | null,
): string[] {
  const lines: string[] = [];
  const [last, best] = [epochs.at(-1), bestEpoch(epochs)];
  if (last !== undefined && best !== undefined) {
    const top5 = tellsTop5(classes) ? `, top-5 ${percent(last.val.top5)}` : "";
    lines.push(
      `accuracy: top-1 ${percent(last.val.top1)}${top5} (best top-1 ${percent(best.val.top1)}, epoch ${best.epoch})`,
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
