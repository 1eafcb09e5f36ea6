import { activationPolicy } from "../cli/options/search.js";
import type { ProgressDisplay } from "../cli/terminal/progress.js";
import { explainLostContact } from "../distributed/failure.js";
import { isCommunicationError, type ProcessGroup } from "../distributed/process-group.js";
import { keepSoftStatistics } from "../nn/batch-norm.js";
import type { Module } from "../nn/module.js";
import { allocateFrozenWeights } from "../nn/state-dict.js";
import { epochLine, passText, skippedLine, skippedStepsLine } from "../run/epoch-line.js";
import type { EpochMetrics } from "../run/metrics-jsonl.js";
import { BEGINNING, progressText } from "../run/progress.js";
import type { DataIdentity } from "../run/record.js";
import { resumeCommand } from "../run/resume-command.js";
import { startFromNormal } from "../search/normal-logits.js";
import { StoppedBySignal } from "../system/signals.js";
import { askedToStop, watchSignals } from "../tensor/process.js";
import { manualSeed } from "../tensor/runtime.js";
import { shareNetwork, shareTrained } from "./checkpoint.js";
import { evaluate } from "./evaluate.js";
import { explainFailure } from "./explain-failure.js";
import { fit, newSgd } from "./fit.js";
import { startFromFile, startFromStage } from "./initial-model.js";
import type { OpenRun } from "./open-run.js";
import { checkpointFolder } from "./run-checkpoints.js";
import { closing, headline } from "./run-text.js";
import { beginRun, continueRun } from "./saved-run.js";
import type { Session } from "./session.js";
import type { TrainSettings } from "./settings.js";
import { SharedCheckpoints } from "./shared-run.js";
import { Together } from "./together.js";
import { checkShares } from "./train-epoch.js";

/** A launcher may pass on a signal that the terminal sent to every process: what comes so soon is the same one. */
const SAME_SIGNAL_MS = 2000;

export interface Surroundings {
  readonly verbose: boolean;
  /** Where new run directories go. */
  readonly workDir: string;
  readonly display: ProgressDisplay;
  /** The processes that train; `null`: this one alone. */
  readonly group: ProcessGroup | null;
  /** The stage before, when stages run in a row. */
  readonly previous: Finished | null;
  /** The run to go on with; `null` begins one. */
  readonly resumed: OpenRun | null;
  readonly laterStages: number;
  /** `null` when nothing is saved. */
  readonly data: DataIdentity | null;
}

/** A run that has ended. */
export interface Finished {
  readonly network: Module;
  /** Its directory; `null` when nothing is saved, and on processes that do not save it. */
  readonly directory: string | null;
}

/** One run with a directory of its own, which rank 0 keeps. */
export async function trainOnce(
  settings: TrainSettings,
  session: Session,
  surroundings: Surroundings,
): Promise<Finished> {
  const { verbose, workDir, display, group, previous, resumed, laterStages, data } = surroundings;
  const { dataset, sources, family, device, execution } = session;
  const { recipe, search, activationBits } = settings;
  const classes = dataset.classNames.length;
  const isLeader = group?.isLeader ?? true;
  const print = isLeader ? printLine : () => undefined;
  checkShares({ source: sources.train, recipe }, group?.size ?? 1);
  manualSeed(settings.seed);
  const network = family.build({
    numClasses: classes,
    search,
    activations: activationPolicy(activationBits, search),
  });
  // Later stages search factors of what was found.
  if (recipe.logitInit === "normal" && !settings.stage) startLogitsFromNormal(network);
  if (settings.stateBn) keepSoftStatistics(network);
  const lines = resumed === null ? await start(network, settings, session, surroundings) : [];
  if (resumed !== null && !isLeader && settings.stage) allocateFrozenWeights(network);
  network.moveTo(device);
  const trained = { network, sgd: newSgd(network, recipe) };
  const progress = resumed?.checkpoint.progress ?? BEGINNING;

  const record = { device, laterStages, data, processes: group?.size ?? 1 };
  const saved = isLeader
    ? resumed !== null
      ? continueRun(resumed, trained)
      : data && beginRun(workDir, settings, { ...record, data }, trained)
    : null;
  if (group !== null) shareTrained(group, trained);
  const directory = saved?.writer.directory ?? null;
  if (resumed !== null) {
    const isOver = progress.epochs.length >= recipe.epochs;
    lines.push(
      isOver ? `${directory} was finished before` : `going on with ${directory} from ${progressText(progress)}`,
    );
  }
  // Once for all stages: a signal that came in between is not forgotten. From the first line on, signals are answered.
  if (previous === null) watchStopSignals(group, verbose);
  for (const line of [headline(settings, session, network, group), ...lines]) print(line);

  const epochs: EpochMetrics[] = [...progress.epochs];
  const shouldStop = () => askedToStop() !== null;
  const ownCheckpoints = saved?.checkpoints ?? null;
  const isCheckpointDue = () => ownCheckpoints?.isDue() ?? false;
  const together = group && new Together(group, network, { syncBn: settings.syncBn, shouldStop, isCheckpointDue });
  try {
    const outcome = await fit({
      ...settings,
      ...trained,
      together,
      source: sources.train,
      val: sources.val,
      // To leave a batch out, and to tell the other processes, its own loss has to be known.
      execution: settings.onNan === "stop" && group === null ? execution : { ...execution, sumsOn: null },
      start: progress,
      checkpointing:
        group === null || data === null ? ownCheckpoints : new SharedCheckpoints(group, ownCheckpoints, trained),
      shouldStop,
      onProgress: display.update.bind(display),
      onEpoch: (metrics) => {
        epochs.push(metrics);
        saved?.writer.epoch(metrics, network);
        print(epochLine(metrics, { epochs: recipe.epochs, searched: search !== null, classes }));
        if (metrics.skippedImages > 0) print(skippedLine(metrics.skippedImages));
        if (metrics.skippedSteps > 0) print(skippedStepsLine(metrics.skippedSteps));
      },
    });
    if (outcome === "stopped") throw stopped(directory, group);
  } catch (error) {
    display.clear();
    const cause = group !== null && isCommunicationError(error) ? explainLostContact(group, error) : error;
    throw explainFailure(cause, settings, { directory, isNew: resumed === null, isLeader });
  } finally {
    together?.close();
    saved?.unlock();
  }
  display.clear();
  if (isLeader) for (const line of closing(settings, epochs, classes, network, directory)) print(line);
  return { network, directory };
}

function startLogitsFromNormal(network: Module): void {
  for (const [, searched] of network.namedSearchedWeights()) startFromNormal(searched);
}

/** Starts a new run's network from what it is told to start from; returns what there is to say of that. */
async function start(
  network: Module,
  { stage, loadModelState, limitBatches, recipe }: TrainSettings,
  { sources, dataset, device, execution }: Session,
  { previous, display, group }: Surroundings,
): Promise<string[]> {
  if (previous === null && loadModelState === null) return [];
  const lines: string[] = [];
  if (previous !== null) startFromStage(network, previous.network, stage ?? 0);
  else if (loadModelState !== null && (group?.isLeader ?? true))
    lines.push(
      ...startFromFile(network, loadModelState, {
        stage,
        logitInit: recipe.logitInit,
        imageShape: [3, sources.val.height, sources.val.width],
      }),
    );
  else if (stage) allocateFrozenWeights(network);
  network.moveTo(device);
  if (group !== null) shareNetwork(group, network);
  const onProgress = display.update.bind(display);
  const { metrics } = await evaluate(network, sources.val, { epoch: 0, limitBatches, execution, onProgress, group });
  return [...lines, `before training: val ${passText(metrics, dataset.classNames.length)}`];
}

/** Ctrl-C and `kill` end a run after the step under way and a checkpoint; a second time, at once. */
function watchStopSignals(group: ProcessGroup | null, verbose: boolean): void {
  // Of several processes that stop together, one says so.
  if (group !== null && !group.isLeader) {
    watchSignals("", "", SAME_SIGNAL_MS);
    return;
  }
  const [line, cursor] = process.stderr.isTTY && verbose ? ["\r\x1b[K", "\x1b[?25h"] : ["", ""];
  const second = `${line}${cursor}stopped at once\n`;
  const grace = group === null ? 0 : SAME_SIGNAL_MS;
  watchSignals(`${line}stopping after this step; once more to stop at once\n`, second, grace);
}

/** The end of a run that was asked to stop, after its last checkpoint. */
export function stopped(directory: string | null, group: ProcessGroup | null): StoppedBySignal {
  const signal = askedToStop() ?? "SIGTERM";
  if (group !== null && !group.isLeader) return new StoppedBySignal(signal, "", false);
  if (directory === null) return new StoppedBySignal(signal, ": nothing was saved (--no-save)");
  const { progress } = checkpointFolder(directory).newest();
  return new StoppedBySignal(signal, ` after ${progressText(progress)}; to go on: ${resumeCommand(directory)}`);
}

function printLine(line: string): void {
  process.stdout.write(`${line}\n`);
}
