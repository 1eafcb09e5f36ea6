import type { RunConfig } from "../../run/config.js";
import { configPath, type RunRecord } from "../../run/read-run.js";
import { recordedSettings } from "../../run/recorded-settings.js";
import { recipeText, settingsName } from "../published/run-names.js";
import { heldOutText } from "../run-description.js";
import { PLAIN_SETTINGS } from "../train-command.js";
import { namedTransforms } from "../transforms-name.js";
import { weightsLabel } from "./reference.js";

/** A run of ours: one with a configuration. */
export type OwnRun = RunRecord & { readonly config: RunConfig };

/** Runs of the same settings but for the seed. */
export interface RunGroup {
  /** `settingsName` */
  readonly name: string;
  readonly arch: string;
  readonly dataset: string;
  /** `recipeText` */
  readonly recipe: string;
  /** What is trained, as a column says it: "1 bit {±1}". */
  readonly label: string;
  readonly bits: number;
  /** Weights and activations. */
  readonly isFloat: boolean;
  /** What a model that training started from was published as; `null` without one, and for stages of a search bit by bit. */
  readonly startedFrom: string | null;
  /** The same for a float and a searched run that are trained alike: settings without weights and what only a search looks at. */
  readonly floatKey: string;
  /** As many epochs done each, no seed twice, by seed. */
  readonly counted: readonly OwnRun[];
  /** The others, with why they are not counted. */
  readonly uncounted: readonly { readonly run: OwnRun; readonly reason: string }[];
}

/** Where and when a run was computed; the results are those of its other settings. */
const NOT_DECISIVE = new Set([
  ...["formatVersion", "seed", "startedAt", "versions", "machine", "threads", "workers", "device", "checkpointMinutes"],
  ...["path", "recipeFile", "laterStages", "weightValues", "modelBytes"],
]);
/** What a float run does not look at. */
const SEARCH_ONLY = /search|stage|soft|stateBn|temperature|noise|optim|logit|activationBits|loadModelState/i;

/** Groups by data set, network, bits and name. Throws InputError for a configuration that does not say how it was trained. */
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
  // Of a seed done twice the later run counts.
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

/** Settings as text, keys sorted, without what goes without saying: an older run does not record it, nor all of its recipe. */
function settingsKey(run: OwnRun, isKept: (key: string) => boolean): string {
  const { config } = run;
  const entries = [...config.settings].filter(
    ([key, value]) => !NOT_DECISIVE.has(key) && value !== { processes: 1, ...PLAIN_SETTINGS }[key],
  );
  const { recipe } = recordedSettings(config, configPath(run));
  return JSON.stringify(canonical({ ...Object.fromEntries(entries), recipe }, isKept));
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

/** `weightsLabel` of runs, with whatever else is not as usual. */
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
