import { join } from "node:path";
import { AUTO } from "../cli/options/parsers.js";
import { progressDisplay } from "../cli/terminal/progress.js";
import type { Dataset } from "../data/dataset.js";
import { fingerprint } from "../data/fingerprint.js";
import { checkAgreement } from "../distributed/agreement.js";
import type { ProcessGroup } from "../distributed/process-group.js";
import { isTrueAnywhere } from "../distributed/sum-numbers.js";
import { decisiveSettings } from "../run/identity.js";
import type { DataIdentity } from "../run/record.js";
import { note } from "../system/note.js";
import { askedToStop, unwatchSignals } from "../tensor/process.js";
import { hasNccl, versions } from "../tensor/runtime.js";
import { InputError } from "../text/errors.js";
import { joinRun, type Membership } from "./join-run.js";
import type { OpenRun } from "./open-run.js";
import { runToGoOnWith } from "./run-to-resume.js";
import { openSession, type Session } from "./session.js";
import { nextStage, resolveSettings, type TrainFlags, type TrainSettings } from "./settings.js";
import { shareOpenRun } from "./shared-run.js";
import { type Finished, stopped, trainOnce } from "./train-once.js";

/**
 * `weight-search train`, in one process or as one of several: everything is checked before anything is written.
 * @throws InputError for what is wrong with flags and files; StoppedBySignal when it was asked to stop and did
 */
export async function train(flags: TrainFlags): Promise<void> {
  await joinRun(flags, (membership) => trainAs(membership, flags));
}

async function trainAs({ group, localRank, localProcesses }: Membership, flags: TrainFlags): Promise<void> {
  const { resumed, settings: first } = decide(flags, group, localProcesses);
  let settings = first;
  const own = { ...flags, ...(localRank !== undefined && { localRank }) };
  const session = await openAfterFirst(flags.download ? group : null, localRank === 0, () =>
    openSession({
      arch: settings.arch,
      data: settings,
      threads: settings.threads,
      flags: resumed === null ? own : { ...own, precision: settings.precision, ...deviceOf(flags, resumed) },
    }),
  );
  const isLeader = group?.isLeader ?? true;
  const display = progressDisplay(isLeader && (flags.verbose ?? false), process.stdout, settings.recipe.epochs);
  if (settings.syncBn && group === null) note("--sync-bn: one process sees the whole batch already");
  try {
    const data = checkData(session, settings, { group, resumed, isSaved: flags.save !== false });
    group?.connectGradients(backendFor(flags, session.device));
    // Stages that follow lie beside the one that was gone on with, wherever that was begun from.
    const workDir = resumed === null ? flags.workDir : join(resumed.directory, "..", "..");
    let previous: Finished | null = null;
    for (let laterStages = resumed?.laterStages ?? (flags.stages ?? 1) - 1; laterStages >= 0; laterStages--) {
      if (previous !== null) {
        // Asked in the last moments of a run, which came to its end all the same.
        const isAsked = askedToStop() !== null;
        if (group === null ? isAsked : isTrueAnywhere(group, isAsked)) throw stopped(previous.directory, group);
        settings = nextStage(settings, previous.directory);
      }
      const isResumed: boolean = previous === null;
      previous = await trainOnce(settings, session, {
        verbose: flags.verbose ?? false,
        workDir,
        display,
        group,
        previous,
        resumed: isResumed ? resumed : null,
        laterStages,
        data,
      });
    }
  } finally {
    unwatchSignals();
    display.clear();
    await session.sources.close();
  }
}

/** The run to go on with, if any, and the settings: the same on all processes, or InputError on each. */
function decide(flags: TrainFlags, group: ProcessGroup | null, localProcesses: number) {
  const isNamed = flags.resume !== undefined && flags.resume !== AUTO;
  const own = isNamed ? null : resolveSettings(flags, localProcesses);
  const opened = (group?.isLeader ?? true) ? runToGoOnWith(flags, own, group?.size ?? 1) : null;
  const resumed = group === null ? opened : shareOpenRun(group, opened, flags);
  const settings = resumed?.settings ?? own;
  if (settings === null) throw new Error("rank 0 goes on with no run, though --resume names one");
  if (group !== null) {
    checkAgreement(group, "program", programFacts());
    checkAgreement(group, "settings", decisiveSettings(settings));
  }
  return { resumed, settings };
}

/** What rounds: processes that round otherwise would drift apart. */
function programFacts() {
  const { libtorch, kernels, winograd } = versions();
  return { libtorch, kernels, winograd };
}

/** Opens a session after the first process of this machine has: what that one downloads, the others find. */
async function openAfterFirst(
  group: ProcessGroup | null,
  isFirst: boolean,
  open: () => Promise<Session>,
): Promise<Session> {
  const first = group === null || isFirst ? await open() : null;
  if (group !== null) isTrueAnywhere(group, false);
  return first ?? open();
}

/** The device of a run that goes on, unless another one is asked for. */
function deviceOf({ device, gpu }: TrainFlags, { device: before }: OpenRun): { device?: string } {
  if (gpu !== undefined) return {};
  return { device: device ?? before };
}

/** The engine that sums gradients. Throws InputError where there is none for the device. */
function backendFor({ backend = "auto" }: TrainFlags, device: string): "gloo" | "nccl" {
  const isCuda = device.startsWith("cuda");
  if (backend === "nccl" && !isCuda) {
    throw new InputError(`option --backend nccl: expected a CUDA device, found ${device}`);
  }
  if (backend === "nccl" && !hasNccl()) {
    throw new InputError("option --backend nccl: expected an addon with NCCL, found one that was built without it");
  }
  return backend === "nccl" || (backend === "auto" && isCuda && hasNccl()) ? "nccl" : "gloo";
}

interface DataCheck {
  readonly group: ProcessGroup | null;
  readonly resumed: OpenRun | null;
  readonly isSaved: boolean;
}

/** What the data are, where that is recorded; the same on all processes and as in a run that goes on. Throws InputError. */
function checkData(
  { dataset }: Session,
  settings: TrainSettings,
  { group, resumed, isSaved }: DataCheck,
): DataIdentity | null {
  if (group === null && !isSaved) return null;
  const data = identify(dataset);
  if (group !== null) checkAgreement(group, "data", { ...data }, settings.path ?? settings.dataset);
  if (resumed !== null) checkSameData(resumed, data);
  return isSaved ? data : null;
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
