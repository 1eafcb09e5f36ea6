import type { Group } from "../distributed/group.js";
import type { Module } from "../nn/module.js";
import { allocateFrozenWeights } from "../nn/state-dict.js";
import type { Logger, RunStart } from "../run/logger.js";
import { Loggers } from "../run/loggers.js";
import type { PassMetrics } from "../run/metrics-jsonl.js";
import type { ModelInput } from "../run/model-input.js";
import { BEGINNING, type RunProgress } from "../run/progress.js";
import type { DataIdentity } from "../run/record.js";
import type { RunSettings } from "../run/settings.js";
import { crossEntropy } from "../tensor/loss.js";
import { versions } from "../tensor/runtime.js";
import { checkAccumulation } from "./accumulation.js";
import { newMixing } from "./batch-mixing.js";
import { buildNetwork } from "./build-network.js";
import { NO_CHECKPOINTS, shareNetwork, shareTrained, type Trained } from "./checkpoint.js";
import { Distillation } from "./distillation.js";
import { DivergencePolicy } from "./divergence-policy.js";
import { checkShares, EpochBatches } from "./epoch-batches.js";
import { evaluate } from "./evaluate.js";
import { startFromFile, startFromStage } from "./initial-model.js";
import type { Teacher } from "./load-teacher.js";
import { newEma, newOptimizer } from "./new-optimizer.js";
import type { OpenRun } from "./open-run.js";
import type { Note } from "./options.js";
import type { OwnParts } from "./own-parts.js";
import { Ranks } from "./ranks.js";
import { RunCheckpoints } from "./run-checkpoints.js";
import { beginRun, continueRun, type RunFiles } from "./run-files.js";
import type { Session } from "./session.js";
import type { StopSignals } from "./stop-signals.js";
import type { TrainingRun } from "./training-run.js";

/** Where a run trains, and what comes before and after it. */
export interface RunSetup {
  readonly group: Group;
  readonly signals: StopSignals;
  /** Where new run directories are made. */
  readonly workDir: string;
  /** The caller's loggers, on rank 0. */
  readonly loggers: readonly Logger[];
  readonly note: Note;
  readonly teacher: Teacher | null;
  /** The caller's own optimizer and loss function. */
  readonly parts: OwnParts;
  /** The network of the stage before, when stages run in a row. */
  readonly previous: Module | null;
  /** The run to resume; `null` begins one. */
  readonly resumed: OpenRun | null;
  readonly laterStages: number;
  /** `null` when nothing is saved. */
  readonly data: DataIdentity | null;
  /** What the network takes, as it is recorded. */
  readonly input: ModelInput;
}

/** A run that is ready for its next step. */
export interface StartedRun extends TrainingRun {
  /** Its directory; `null` when nothing is saved, and on ranks that do not save it. */
  readonly directory: string | null;
  /** Whether it begins, rather than being resumed. */
  readonly isNew: boolean;
  /** Ends what the run holds open, however it ended. */
  release(): void;
}

/** The model that a new run starts from: what was loaded, and how good it is. */
interface InitialModel {
  readonly loaded: readonly string[];
  readonly before: PassMetrics | null;
}

/**
 * Builds a run's network and optimizer, as at its beginning or at its last checkpoint, opens its directory on rank 0,
 * and starts the loggers.
 */
export async function startRun(settings: RunSettings, session: Session, setup: RunSetup): Promise<StartedRun> {
  const { group, signals, loggers: given, note, teacher, parts, resumed, data } = setup;
  const { sources, execution } = session;
  const { recipe: config } = settings;
  checkShares(sources.train, config.batchSize, group.size);
  checkAccumulation(config.optim.accumulate, settings.onNan, group.size);
  const network = buildNetwork(settings, session, resumed === null && group.isLeader ? note : null);
  const userLoggers = new Loggers(group.isLeader ? given : []);
  const initial = resumed === null ? await loadInitial(network, settings, session, setup, userLoggers) : NOTHING_LOADED;
  if (resumed !== null && !group.isLeader && settings.stage) allocateFrozenWeights(network);
  network.moveTo(session.device);
  const trained = {
    network,
    optimizer: newOptimizer(network, config, parts.optimizer?.definition),
    ema: newEma(network, config),
  };

  const files = group.isLeader ? openFiles(settings, session, setup, trained) : null;
  shareTrained(group, trained);
  const directory = files?.directory ?? null;
  const checkpoints =
    data === null ? NO_CHECKPOINTS : new RunCheckpoints(directory, trained, settings.checkpointMinutes, group, note);
  const ranks = new Ranks(group, network, { syncBn: settings.syncBn, stop: signals, checkpoints });
  // To skip a batch, and to inform the other ranks, its own loss must be known.
  const isRead = settings.onNan !== "stop" || group.size > 1;
  const ownExecution = isRead ? { ...execution, sumsOn: null } : execution;
  const divergence = new DivergencePolicy(settings.onNan, trained, ownExecution.sumsOn !== null);
  const loggers = new Loggers(group.isLeader ? [...(files?.loggers ?? []), ...given] : []);
  const progress = resumed?.checkpoint.progress ?? BEGINNING;

  const run = {
    ...settings,
    ...trained,
    config,
    batches: new EpochBatches({ ...config, ...settings, source: sources.train, ranks }),
    val: sources.val,
    ...(parts.loss !== undefined && { loss: parts.loss.compute }),
    execution: ownExecution,
    ranks,
    divergence,
    checkpoints,
    loggers,
    mixing: newMixing(settings, session.dataset.classNames.length, group.rank),
    distillation: teacher && new Distillation(teacher.network, settings),
    start: progress,
    directory,
    isNew: resumed === null,
    release: () => {
      ranks.close();
      divergence.release();
      files?.unlock();
    },
  };
  // From the first line that loggers print, signals are answered.
  signals.watch(group);
  try {
    loggers.start(runStart(settings, session, { group, network, progress, initial, directory, resumed }));
  } catch (error) {
    run.release();
    throw error;
  }
  return run;
}

const NOTHING_LOADED: InitialModel = { loaded: [], before: null };

/** Starts a new run's network from the model that it is to start from, and evaluates it. */
async function loadInitial(
  network: Module,
  { stage, loadModelState, limitBatches, recipe }: RunSettings,
  { sources, device, execution }: Session,
  { previous, group, parts }: RunSetup,
  loggers: Loggers,
): Promise<InitialModel> {
  if (previous === null && loadModelState === null) return NOTHING_LOADED;
  const loaded: string[] = [];
  if (previous !== null) startFromStage(network, previous, stage ?? 0);
  else if (loadModelState !== null && group.isLeader) {
    const imageShape = [sources.val.channels, sources.val.height, sources.val.width];
    loaded.push(...startFromFile(network, loadModelState, { stage, logitInit: recipe.logitInit, imageShape }));
  } else if (stage) allocateFrozenWeights(network);
  network.moveTo(device);
  shareNetwork(group, network);
  const loss = parts.loss?.compute ?? crossEntropy;
  const { metrics } = await evaluate(network, sources.val, { epoch: 0, limitBatches, loss, execution, loggers, group });
  return { loaded, before: metrics };
}

/** The run's directory, made or opened; `null` when nothing is saved. */
function openFiles(settings: RunSettings, session: Session, setup: RunSetup, trained: Trained): RunFiles | null {
  const { workDir, resumed, laterStages, data, input, group, teacher, note } = setup;
  if (resumed !== null) return continueRun(resumed, trained);
  if (data === null) return null;
  const context = {
    ...{ device: session.device, laterStages, data, input, processes: group.size },
    ...(teacher !== null && { teacherSha256: teacher.sha256 }),
  };
  return beginRun(workDir, settings, context, trained, note);
}

interface StartedParts {
  readonly group: Group;
  readonly network: Module;
  readonly progress: RunProgress;
  readonly initial: InitialModel;
  readonly directory: string | null;
  readonly resumed: OpenRun | null;
}

function runStart(
  settings: RunSettings,
  { device, dataset, sources }: Session,
  { group, network, progress, initial, directory, resumed }: StartedParts,
): RunStart {
  return {
    settings,
    directory,
    isResumed: resumed !== null,
    epochs: progress.epochs,
    batch: progress.pass?.batch ?? 0,
    processes: group.size,
    device,
    libtorch: versions().libtorch,
    classNames: dataset.classNames,
    trainImages: sources.train.count,
    valImages: sources.val.count,
    searchedLayers: [...network.namedSearchedWeights()].length,
    ...initial,
  };
}
