import { join } from "node:path";
import { classChanges } from "../data/class-changes.js";
import type { DataSource } from "../data/definition.js";
import { checkAgreement } from "../distributed/agreement.js";
import { restartCount } from "../distributed/environment.js";
import { settingsThatAffectResult } from "../run/identity.js";
import type { RunSettings } from "../run/settings.js";
import { versions } from "../tensor/runtime.js";
import { InputError } from "../text/errors.js";
import { findRun, parentStart } from "./find-run.js";
import type { Membership } from "./join-run.js";
import type { Network } from "./load-network.js";
import { type OpenRun, openRun, shareOpenRun } from "./open-run.js";
import { checkOptions } from "./option-kinds.js";
import type { DecidedOptions, Note, ResumedRun } from "./options.js";
import type { OwnParts } from "./own-parts.js";
import { resolveSettings } from "./settings.js";

const WORK_DIR = "results";

/** What is to be trained: the same on all ranks. */
export interface Decision {
  readonly settings: RunSettings;
  /** The run to resume; `null` begins one. */
  readonly resumed: OpenRun | null;
  /** The data, or what opens them; `null`: the recorded data set of `resumed`. */
  readonly data: DataSource | null;
  /** Where new run directories are made. */
  readonly workDir: string;
  /** Stages of progressive quantization that follow the first run. */
  readonly laterStages: number;
  readonly isSaved: boolean;
}

/**
 * Decides on a new run, or on the one to resume. Throws InputError, on every rank, for options that are wrong or differ
 * between them.
 */
export function decide(
  options: DecidedOptions | ResumedRun,
  network: Network | null,
  parts: OwnParts,
  membership: Membership,
  note: Note,
): Decision {
  const { group } = membership;
  const decision = isResumed(options)
    ? continueNamed(options, membership, note)
    : begin(options, network, parts, membership, note);
  checkAgreement(group, "program", () => programFacts());
  checkAgreement(group, "settings", () => settingsThatAffectResult(decision.settings));
  return decision;
}

/** Whether options name a run to resume. */
export function isResumed<NewRun extends { readonly resume?: "auto" }>(
  options: NewRun | ResumedRun,
): options is ResumedRun {
  return options.resume !== undefined && options.resume !== "auto";
}

/** What rounds: processes that round otherwise would drift apart. */
function programFacts() {
  const { libtorch, kernels, winograd } = versions();
  return { libtorch, kernels, winograd };
}

/**
 * A new run, or with `resume: "auto"`, or where a launcher started this again, the newest unfinished one of these
 * settings.
 */
function begin(
  options: DecidedOptions,
  network: Network | null,
  parts: OwnParts,
  { group, localProcesses }: Membership,
  note: Note,
): Decision {
  checkOptions(options, true);
  if (network === null)
    throw new InputError("`network`: expected a network's name, a file or a definition, found none");
  const settings = resolveSettings(options, { ...network, ...parts }, localProcesses, note);
  const { workDir = WORK_DIR, save: isSaved = true, stages = 1, data } = options;
  const isRestart = restartCount(process.env) > 0;
  const isLookedFor = isSaved && (options.resume === "auto" || isRestart);
  // A process may have been lost after the last step; its run is finished all the same and must not be repeated.
  const finishedSince = isRestart ? parentStart() : null;
  const directory =
    isLookedFor && group.isLeader ? findRun({ workDir, settings, laterStages: stages - 1, finishedSince }) : null;
  const opened = directory === null ? null : openRun(directory, options, group.size, note);
  const resumed = shareOpenRun(group, opened, options);
  return { ...decisionOf(resumed, settings, stages - 1, workDir), data, isSaved };
}

function continueNamed(options: ResumedRun, { group }: Membership, note: Note): Decision {
  checkOptions(options, false);
  const opened = group.isLeader ? openRun(options.resume, options, group.size, note) : null;
  const resumed = shareOpenRun(group, opened, options);
  if (resumed === null) throw new Error("rank 0 resumes no run, though a run is named");
  return { ...decisionOf(resumed, resumed.settings, 0, WORK_DIR), data: options.data ?? null, isSaved: true };
}

function decisionOf(resumed: OpenRun | null, settings: RunSettings, laterStages: number, workDir: string) {
  if (resumed === null) return { settings, resumed, workDir, laterStages };
  return {
    settings: resumed.settings,
    resumed,
    // Stages that follow lie beside the one that was resumed, wherever that was begun from.
    workDir: join(resumed.directory, "..", ".."),
    laterStages: resumed.laterStages,
  };
}

/** The run's device, unless another one is requested. */
export function deviceOf(
  { device, gpu }: { readonly device?: string; readonly gpu?: number },
  resumed: OpenRun | null,
): { device?: string } {
  if (gpu !== undefined || (device ?? resumed?.device) === undefined) return {};
  return { device: device ?? resumed?.device ?? "auto" };
}

/** Throws InputError where the data are not those that a resumed run was trained on. */
export function checkSameData(
  { directory, data, settings, classNames }: OpenRun,
  found: OpenRun["data"],
  foundNames: readonly string[],
): void {
  if (found.sha256 === data.sha256) return;
  const changes = classNames && classChanges(classNames, foundNames);
  if (changes !== null) {
    throw new InputError(
      `${settings.path ?? settings.dataset}: expected the classes that ${directory} was trained on, found ${changes}`,
    );
  }
  const text = ({ train, val, classes, sha256 }: OpenRun["data"]) =>
    `${train} + ${val} images of ${classes} classes (${sha256.slice(0, 12)}…)`;
  throw new InputError(
    `${settings.path ?? settings.dataset}: expected the data that ${directory} was trained on, ${text(data)}, found ${text(found)}`,
  );
}
