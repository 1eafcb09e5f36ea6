import type { RunConfig } from "../../run/config.js";
import { configPath, type RunRecord } from "../../run/read-run.js";
import { recordedSettings } from "../../run/recorded-settings.js";
import { recipeText, settingsName } from "../published/run-names.js";
import { heldOutText } from "../run-description.js";
import { COMMAND_SETTINGS } from "../train-command.js";
import { namedTransforms } from "../transforms-name.js";
import { weightsLabel } from "./reference.js";

/** A run with a configuration, so not one of the original program. */
export type OwnRun = RunRecord & { readonly config: RunConfig };

/** Runs of the same settings but for the seed. */
export interface RunGroup {
  /** `settingsName` */
  readonly name: string;
  readonly arch: string;
  readonly dataset: string;
  /** `recipeText` */
  readonly recipe: string;
  /** The trained weights as a column title: "1 bit {±1}". */
  readonly label: string;
  readonly bits: number;
  /** Weights and activations. */
  readonly isFloat: boolean;
  /**
   * Published name of the model that training started from; `null` without one, and for stages of a progressive search.
   */
  readonly startedFrom: string | null;
  /** Equal for a float and a searched run with the same training: settings without weights and search-only settings. */
  readonly floatKey: string;
  /** Runs with the same number of epochs, one per seed, by seed. */
  readonly counted: readonly OwnRun[];
  /** Runs that are not counted, with the reason. */
  readonly uncounted: readonly { readonly run: OwnRun; readonly reason: string }[];
}

/** Settings of where and when a run was computed, which do not affect the result. */
const NOT_DECISIVE = new Set([
  ...["formatVersion", "seed", "startedAt", "versions", "machine", "threads", "workers", "device", "checkpointMinutes"],
  ...["path", "recipeFile", "laterStages", "weightValues", "modelBytes"],
]);
/** Settings that a float run ignores. */
const SEARCH_ONLY = /search|stage|soft|stateBn|temperature|noise|optim|logit|activationBits|loadModelState/i;

/** Groups by data set, network, bits and name. Throws InputError for a configuration without training settings. */
export function groupRuns(runs: readonly OwnRun[]): RunGroup[] {
  const byKey = new Map<string, OwnRun[]>();
  for (const run of runs) {
    const key = settingsKey(run, () => true);
    byKey.set(key, [...(byKey.get(key) ?? []), run]);
  }
  return [...byKey.values()].map(toGroup).sort((a, b) => compare(order(a), order(b)));
}

function order({ dataset, arch, bits, name, counted }: RunGroup): string {
  return [dataset, arch, String(bits).padStart(3), name, counted[0]?.config.startedAt].join("\0");
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function toGroup(runs: readonly OwnRun[]): RunGroup {
  const [first] = runs;
  if (first === undefined) throw new RangeError("expected a group of at least one run");
  const { config } = first;
  const source = configPath(first);
  const most = Math.max(...runs.map(({ epochs }) => epochs.length));
  // Of two runs with one seed the later one counts.
  const latest = [...runs].sort((a, b) => compare(b.config.startedAt, a.config.startedAt) || compare(a.path, b.path));
  const counted: OwnRun[] = [];
  const uncounted: { run: OwnRun; reason: string }[] = [];
  for (const run of latest) {
    const isTwice = counted.some((other) => other.config.seed === run.config.seed);
    const reason = run.epochs.length < most ? "fewer epochs" : isTwice ? "the same seed again" : null;
    if (reason === null) counted.push(run);
    else uncounted.push({ run, reason });
  }
  const { search } = config;
  const { stage, loadModelState } = recordedSettings(config, source);
  return {
    name: settingsName(config, source),
    arch: config.arch,
    dataset: config.dataset,
    recipe: recipeText(config, source),
    label: groupLabel(config, source),
    bits: search === null ? 0 : Math.ceil(Math.log2(search.values.length)),
    isFloat: search === null && config.activationBits === null,
    startedFrom: stage === null ? loadModelState : null,
    floatKey: settingsKey(first, (key) => !SEARCH_ONLY.test(key)),
    counted: counted.sort((a, b) => a.config.seed - b.config.seed),
    uncounted,
  };
}

/** Settings as text, keys sorted, without defaults: an older run does not record all settings and recipe keys. */
function settingsKey(run: OwnRun, isKept: (key: string) => boolean): string {
  const { config } = run;
  const entries = [...config.settings].filter(
    ([key, value]) => !NOT_DECISIVE.has(key) && value !== { processes: 1, ...COMMAND_SETTINGS }[key],
  );
  const { recipe, lengthened } = recordedSettings(config, configPath(run));
  const changes = lengthened.flatMap(({ at: _, ...change }) => (change.changesSchedule ? [change] : []));
  return JSON.stringify(canonical({ ...Object.fromEntries(entries), recipe, lengthened: changes }, isKept));
}

function canonical(value: unknown, isKept: (key: string) => boolean): unknown {
  if (Array.isArray(value)) return value.map((each) => canonical(each, isKept));
  if (typeof value !== "object" || value === null) return value;
  return (
    Object.entries(value)
      .filter(([key, inner]) => inner !== null && inner !== false && isKept(key))
      // A file's name says nothing about the transforms in it.
      .filter(([key]) => key !== "file")
      .sort(([a], [b]) => compare(a, b))
      .map(([key, inner]) => [key, canonical(inner, isKept)])
  );
}

/** `weightsLabel` of runs, with every other non-default setting. */
function groupLabel(config: RunConfig, source: string): string {
  const { search, settings } = config;
  const { stage, loadModelState, transforms } = recordedSettings(config, source);
  const heldOut = heldOutText(config);
  const keys = ["limitBatches", "activationBits", "precision"];
  const [limit, activationBits, precision] = keys.map((key) => settings.get(key));
  const isUsual = transforms === null || namedTransforms(transforms) === "imagenet";
  const parts = [
    weightsLabel({
      values: search?.values ?? null,
      activationBits: typeof activationBits === "number" ? activationBits : null,
    }),
    search?.firstLayer ? "first layer too" : "",
    search?.lastLayer ? "last layer too" : "",
    stage === null ? "" : `bit by bit, stage ${stage}`,
    config.soft ? "soft" : "",
    loadModelState !== null && stage === 0 ? "from a model" : "",
    isUsual ? "" : `transforms ${namedTransforms(transforms) ?? transforms.file}`,
    typeof limit === "number" ? `${limit} batches a pass` : "",
    heldOut === "" ? "" : `on training images, ${heldOut}`,
    settings.get("stateBn") === true ? "state batch norm" : "",
    typeof precision === "string" && precision !== "float32" ? precision : "",
  ];
  return parts.filter((part) => part !== "").join(", ");
}
