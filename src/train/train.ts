import type { Dataset } from "../data/dataset.js";
import { fingerprint } from "../data/fingerprint.js";
import { checkAgreement } from "../distributed/agreement.js";
import type { Group } from "../distributed/group.js";
import { isTrueAnywhere } from "../distributed/sum-numbers.js";
import { packNetwork } from "../export/pack-network.js";
import { checkActivationBits } from "../models/registry.js";
import type { DataIdentity } from "../run/record.js";
import { hasNccl } from "../tensor/runtime.js";
import { InputError } from "../text/errors.js";
import { recordedData, resolveData } from "./data.js";
import { checkSameData, type Decision, decide, deviceOf, isResumed } from "./decide.js";
import { runFailure } from "./failure.js";
import { joinRun, leaveRun, leaveWithError } from "./join-run.js";
import { loadNetwork, recordedNetwork } from "./load-network.js";
import { loadTeacher } from "./load-teacher.js";
import { trainLoop } from "./loop.js";
import { modelInput } from "./model-input.js";
import type { PlaceOptions, ResumedRun, TrainOptions, TrainResult } from "./options.js";
import { loadOwnParts, recordedParts } from "./own-parts.js";
import { noteIdleWorkers, openSession, type Session } from "./session.js";
import { nextStage } from "./settings.js";
import { type StartedRun, startRun } from "./start-run.js";
import { StopSignals } from "./stop-signals.js";

/**
 * Trains a network: begins a run, in a directory with checkpoints, and takes it to its end, or until a signal asks it
 * to stop. In one process or as one of several, as the environment says. Everything is checked before anything is
 * written.
 *
 *     const { directory, epochs } = await train({ network: "resnet20", data: "synthetic", epochs: 3 });
 *
 * With `resume: "auto"` it continues the newest unfinished run of the same options, if there is one. A resumed run is
 * bit-exact: its results are those of a run that was never interrupted.
 * @throws InputError for options and files that are wrong; RunFailure if a run that had begun cannot continue
 */
export async function train(options: TrainOptions | ResumedRun): Promise<TrainResult> {
  const note = options.note ?? warn;
  const { group, ...membership } = await joinRun(options);
  const signals = new StopSignals(options.signals);
  const releases: (() => void | Promise<void>)[] = [];
  try {
    const given = options.network === undefined ? null : await loadNetwork(options.network);
    const { optimizer, loss, ...others } = options;
    const givenParts = await loadOwnParts({ optimizer, loss });
    const decision = decide(await withData(others), given, givenParts, { group, ...membership }, note);
    const { resumed, isSaved } = decision;
    if (resumed !== null) releases.push(resumed.unlock);
    const parts =
      resumed === null ? givenParts : await recordedParts(decision.settings, givenParts, resumed.directory, note);
    const { arch, networkFile, activationBits } = decision.settings;
    const network = given ?? (await recordedNetwork(arch, networkFile, note));
    if (network.arch !== arch) {
      throw new InputError(
        `\`network\`: expected ${arch}, with which ${resumed?.directory} began, found ${network.arch}`,
      );
    }
    checkActivationBits(network.family, arch, activationBits, resumed?.directory);
    const source = decision.data ?? (await recordedData(decision.settings, note));
    const place = { ...options, ...deviceOf(options, resumed), ...localRankOf(membership.localRank) };
    const session = await openAfterFirst(options.download ? group : null, membership.localRank === 0, () =>
      openSession(source, decision.settings, network, place, note),
    );
    releases.push(() => session.sources.close());
    noteIdleWorkers(options, session.sources, note);
    if (decision.settings.syncBn && group.size === 1) note("`syncBn`: one process sees the whole batch already");
    const teacher = await loadTeacher(decision.settings, session, group, resumed);
    const data = checkData(session.dataset, decision, group);
    group.connectGradients(backendFor(options, session.device, group));

    const setup = {
      group,
      signals,
      workDir: decision.workDir,
      loggers: options.loggers ?? [],
      note,
      teacher,
      parts,
      data: isSaved ? data : null,
      input: modelInput(session.dataset, decision.settings.transforms, session.sources.val),
    };
    let { settings, laterStages } = decision;
    let previous: StartedRun | null = null;
    for (; ; laterStages--) {
      const isFirst: boolean = previous === null;
      const run: StartedRun = await startRun(settings, session, {
        ...setup,
        laterStages,
        previous: previous?.network ?? null,
        resumed: isFirst ? resumed : null,
      });
      let outcome: TrainResult["outcome"];
      try {
        outcome = await trainLoop(run);
      } catch (error) {
        throw runFailure(error, settings, run);
      } finally {
        run.release();
      }
      const isOver = outcome === "finished";
      const epochs = run.loggers.epochs.length;
      if (isOver && epochs < settings.recipe.epochs) {
        note(
          `no better validation top-1 for ${settings.patience} epochs: the run ends after ${epochs} of ${settings.recipe.epochs}`,
        );
      }
      // From here on the model is what counts.
      if (isOver) run.ema?.adopt();
      run.loggers.end({ outcome, packed: isOver && group.isLeader ? packNetwork(run.network) : null });
      // Requested in the last moments of a run, which finished all the same.
      const isStopped = !isOver || (laterStages > 0 && isTrueAnywhere(group, signals.isRequested));
      if (isStopped) return result(run, "stopped", signals, group);
      if (laterStages === 0) {
        leaveRun({ group, ...membership });
        return result(run, "finished", signals, group);
      }
      settings = nextStage(settings, run.directory);
      previous = run;
    }
  } catch (error) {
    throw leaveWithError({ group, ...membership }, error);
  } finally {
    signals.release();
    for (const release of releases.reverse()) await release();
  }
}

/** Resumes the run of a directory: `train` with that directory as `resume`. */
export async function resume(directory: string, options: Omit<ResumedRun, "resume"> = {}): Promise<TrainResult> {
  return train({ ...options, resume: directory });
}

/** Options whose data set has been found. */
async function withData(options: TrainOptions | ResumedRun) {
  if (!isResumed(options)) return { ...options, data: await resolveData(options.data) };
  const { data, ...rest } = options;
  return data === undefined ? rest : { ...rest, data: await resolveData(data) };
}

function result(
  { directory, network, loggers }: StartedRun,
  outcome: TrainResult["outcome"],
  signals: StopSignals,
  { isLeader }: Group,
): TrainResult {
  // A rank that stops because of another rank's request has no signal of its own.
  const signal = outcome === "stopped" ? (signals.signal ?? "SIGTERM") : null;
  return { outcome, signal, directory, epochs: loggers.epochs, network, isLeader };
}

function warn(text: string): void {
  process.emitWarning(text, "WeightSearchNote");
}

function localRankOf(localRank: number | undefined): { localRank?: number } {
  return localRank === undefined ? {} : { localRank };
}

/** Opens a session after the first process of this machine has: what that one downloads, the others find. */
async function openAfterFirst(group: Group | null, isFirst: boolean, open: () => Promise<Session>): Promise<Session> {
  const first = group === null || group.size === 1 || isFirst ? await open() : null;
  if (group !== null) isTrueAnywhere(group, false);
  return first ?? open();
}

/** The engine that sums gradients. Throws InputError where there is none for the device. */
function backendFor(
  { backend = "auto" }: Pick<PlaceOptions, "backend">,
  device: string,
  { size }: Group,
): "gloo" | "nccl" {
  const isCuda = device.startsWith("cuda");
  if (backend === "nccl" && !isCuda) {
    throw new InputError(`\`backend\` nccl: expected a CUDA device, found ${device}`);
  }
  if (size === 1 || backend === "gloo" || !isCuda) return "gloo";
  if (hasNccl()) return "nccl";
  if (backend === "nccl") {
    throw new InputError("`backend` nccl: expected an addon with NCCL, found one that was built without it");
  }
  return "gloo";
}

/**
 * The data's identity, if it is compared or recorded: the same on all ranks, and as in a resumed run. Throws
 * InputError.
 */
function checkData(dataset: Dataset, { settings, resumed, isSaved }: Decision, group: Group): DataIdentity | null {
  if (group.size === 1 && !isSaved) return null;
  const data = identify(dataset);
  checkAgreement(group, "data", () => ({ ...data }), settings.path ?? settings.dataset);
  if (resumed !== null) checkSameData(resumed, data, dataset.classNames);
  return data;
}

function identify(dataset: Dataset): DataIdentity {
  const { train: trained, val, classNames } = dataset;
  return { train: trained.count, val: val.count, classes: classNames.length, sha256: fingerprint(dataset) };
}
