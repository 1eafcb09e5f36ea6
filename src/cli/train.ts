import { join } from "node:path";
import type { Dataset } from "../data/dataset.js";
import { fingerprint } from "../data/fingerprint.js";
import { InputError } from "../errors.js";
import type { Module } from "../nn/module.js";
import type { EpochMetrics } from "../run/metrics-jsonl.js";
import { BEGINNING, progressText } from "../run/run-progress.js";
import { askedToStop, unwatchSignals, watchSignals } from "../tensor/process.js";
import { manualSeed } from "../tensor/runtime.js";
import { evaluate } from "../train/evaluate.js";
import { fit, newSgd } from "../train/fit.js";
import { epochLine, passText, skippedLine, skippedStepsLine } from "./epoch-line.js";
import { explainFailure } from "./explain-failure.js";
import { startFromFile, startFromStage } from "./initial-model.js";
import { type OpenRun, openRun } from "./open-run.js";
import { type ProgressDisplay, progressDisplay } from "./progress.js";
import { resumeCommand } from "./resume-command.js";
import { checkpointFolder } from "./run-checkpoints.js";
import type { DataIdentity } from "./run-record.js";
import { closing, headline } from "./run-text.js";
import { beginRun, continueRun } from "./saved-run.js";
import { openSession, type Session } from "./session.js";
import { StoppedBySignal } from "./stop.js";
import { checkProcesses, nextStage, resolveSettings, type TrainFlags, type TrainSettings } from "./train-settings.js";

/**
 * `weight-search train`: everything is checked before anything is written.
 * @throws InputError for what is wrong with flags and files; StoppedBySignal when it was asked to stop and did
 */
export async function train(flags: TrainFlags): Promise<void> {
  checkProcesses(flags);
  const resumed = flags.resume === undefined ? null : openRun(flags.resume, flags);
  let settings = resumed?.settings ?? resolveSettings(flags);
  const session = await openSession({
    arch: settings.arch,
    data: settings,
    threads: settings.threads,
    flags: resumed === null ? flags : { ...flags, precision: settings.precision, ...deviceOf(flags, resumed) },
  });
  const display = progressDisplay(flags.verbose ?? false, process.stdout, settings.recipe.epochs);
  if (flags.syncBn) process.stderr.write("note: --sync-bn: one process sees the whole batch already\n");
  try {
    const data = flags.save === false ? null : identify(session.dataset);
    if (resumed !== null && data !== null) checkSameData(resumed, data);
    // Stages that follow lie beside the one that was gone on with, wherever that was begun from.
    const workDir = resumed === null ? flags.workDir : join(resumed.directory, "..", "..");
    let previous: Finished | null = null;
    for (let laterStages = resumed?.laterStages ?? (flags.stages ?? 1) - 1; laterStages >= 0; laterStages--) {
      if (previous !== null) {
        // Asked in the last moments of a run, which came to its end all the same.
        if (askedToStop() !== null) throw stopped(previous.directory);
        settings = nextStage(settings, previous.directory);
      }
      const isResumed: boolean = previous === null;
      const surroundings = {
        flags,
        workDir,
        display,
        previous,
        resumed: isResumed ? resumed : null,
        laterStages,
        data,
      };
      previous = await trainOnce(settings, session, surroundings);
    }
  } finally {
    unwatchSignals();
    display.clear();
    await session.sources.close();
  }
}

/** The device of a run that goes on, unless another one is asked for. */
function deviceOf({ device, gpu }: TrainFlags, { device: before }: OpenRun): { device?: string } {
  if (gpu !== undefined) return {};
  return { device: device ?? before };
}

function identify(dataset: Dataset): DataIdentity {
  const { train, val, classNames } = dataset;
  return { train: train.count, val: val.count, classes: classNames.length, sha256: fingerprint(dataset) };
}

function checkSameData({ directory, data, settings }: OpenRun, found: DataIdentity): void {
  if (found.sha256 === data.sha256) return;
  const text = ({ train, val, classes, sha256 }: DataIdentity) =>
    `${train} + ${val} images of ${classes} classes (${sha256.slice(0, 12)}…)`;
  throw new InputError(
    `${settings.path ?? settings.dataset}: expected the data that ${directory} was trained on, ${text(data)}, found ${text(found)}`,
  );
}

interface Surroundings {
  readonly flags: TrainFlags;
  /** Where new run directories go. */
  readonly workDir: string;
  readonly display: ProgressDisplay;
  /** The stage before, when stages run in a row. */
  readonly previous: Finished | null;
  /** The run to go on with; `null` begins one. */
  readonly resumed: OpenRun | null;
  readonly laterStages: number;
  /** `null` when nothing is saved. */
  readonly data: DataIdentity | null;
}

/** A run that has ended. */
interface Finished {
  readonly network: Module;
  /** Its directory; `null` when nothing is saved. */
  readonly directory: string | null;
}

/** One run with a directory of its own. */
async function trainOnce(settings: TrainSettings, session: Session, surroundings: Surroundings): Promise<Finished> {
  const { flags, workDir, display, previous, resumed, laterStages, data } = surroundings;
  const { dataset, sources, family, device, execution } = session;
  const { recipe, search } = settings;
  const classes = dataset.classNames.length;
  manualSeed(settings.seed);
  const network = family.build({ numClasses: classes, search });
  const lines = resumed === null ? await start(network, settings, session, surroundings) : [];
  network.moveTo(device);
  const trained = { network, sgd: newSgd(network, recipe) };
  const progress = resumed?.checkpoint.progress ?? BEGINNING;

  const saved =
    resumed !== null
      ? continueRun(resumed, trained)
      : data && beginRun(workDir, settings, { device, laterStages, data }, trained);
  const directory = saved?.writer.directory ?? null;
  if (resumed !== null) {
    const isOver = progress.epochs.length >= recipe.epochs;
    lines.push(
      isOver ? `${directory} was finished before` : `going on with ${directory} from ${progressText(progress)}`,
    );
  }
  // Once for all stages: a signal that came in between is not forgotten. From the first line on, signals are answered.
  if (previous === null) watchStopSignals(flags.verbose ?? false);
  for (const line of [headline(settings, session, network), ...lines]) print(line);

  const epochs: EpochMetrics[] = [...progress.epochs];
  try {
    const outcome = await fit({
      ...settings,
      ...trained,
      source: sources.train,
      val: sources.val,
      // To leave a batch out, its own loss has to be known.
      execution: settings.onNan === "stop" ? execution : { ...execution, sumsOn: null },
      start: progress,
      checkpointing: saved?.checkpoints ?? null,
      shouldStop: () => askedToStop() !== null,
      onProgress: display.update.bind(display),
      onEpoch: (metrics) => {
        epochs.push(metrics);
        saved?.writer.epoch(metrics, network);
        print(epochLine(metrics, { epochs: recipe.epochs, searched: search !== null, classes }));
        if (metrics.skippedImages > 0) print(skippedLine(metrics.skippedImages));
        if (metrics.skippedSteps > 0) print(skippedStepsLine(metrics.skippedSteps));
      },
    });
    if (outcome === "stopped") throw stopped(directory);
  } catch (error) {
    display.clear();
    throw explainFailure(error, settings, { directory, isNew: resumed === null });
  } finally {
    saved?.unlock();
  }
  display.clear();
  for (const line of closing(epochs, classes, network, directory)) print(line);
  return { network, directory };
}

/** Starts a new run's network from what it is told to start from; returns what there is to say of that. */
async function start(
  network: Module,
  { stage, loadModelState, limitBatches }: TrainSettings,
  { sources, dataset, device, execution }: Session,
  { previous, display }: Surroundings,
): Promise<string[]> {
  if (previous === null && loadModelState === null) return [];
  const lines: string[] = [];
  if (previous !== null) startFromStage(network, previous.network, stage ?? 0);
  else if (loadModelState !== null) lines.push(...startFromFile(network, stage, loadModelState));
  network.moveTo(device);
  const onProgress = display.update.bind(display);
  const { metrics } = await evaluate(network, sources.val, { epoch: 0, limitBatches, execution, onProgress });
  return [...lines, `before training: val ${passText(metrics, dataset.classNames.length)}`];
}

/** Ctrl-C and `kill` end a run after the step under way and a checkpoint; a second time, at once. */
function watchStopSignals(verbose: boolean): void {
  const [line, cursor] = process.stderr.isTTY && verbose ? ["\r\x1b[K", "\x1b[?25h"] : ["", ""];
  watchSignals(`${line}stopping after this step; once more to stop at once\n`, `${line}${cursor}stopped at once\n`);
}

function stopped(directory: string | null): StoppedBySignal {
  const signal = askedToStop() ?? "SIGTERM";
  if (directory === null) return new StoppedBySignal(signal, ": nothing was saved (--no-save)");
  const { progress } = checkpointFolder(directory).newest();
  return new StoppedBySignal(signal, ` after ${progressText(progress)}; to go on: ${resumeCommand(directory)}`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
