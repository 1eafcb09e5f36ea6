import { bestEpoch, median } from "../run/best-epoch.js";
import type { RunConfig } from "../run/config.js";
import type { RunRecord } from "../run/read-run.js";
import { weightBits } from "./run-description.js";

/** A measurement of one run, or the mean of several runs with its standard deviation. */
export interface Measured {
  readonly mean: number;
  /** With n − 1 in its denominator; `null` of one run. */
  readonly std: number | null;
}

/** A row of the report: a run, or runs that differ in their seed only. `null` if unknown or not available yet. */
export interface ReportRow {
  readonly runs: readonly string[];
  readonly arch: string | null;
  readonly dataset: string | null;
  /** `null` for a float run too: `config` tells which. */
  readonly bits: number | null;
  readonly config: RunConfig | null;
  readonly epochs: number;
  readonly plannedEpochs: number | null;
  /** In validation, after the last epoch; fractions. */
  readonly top1: Measured | null;
  readonly top5: Measured | null;
  /** The highest in validation after any epoch. */
  readonly bestTop1: Measured | null;
  /** Of one run only. */
  readonly bestEpoch: number | null;
  /** The median epoch's training time. */
  readonly trainSeconds: Measured | null;
  readonly modelBytes: Measured | null;
  readonly seeds: readonly number[];
}

/** Settings that do not affect the result, or in which the runs of a mean differ. */
const NOT_CONFIGURATION = new Set(["seed", "startedAt", "versions", "threads", "path", "recipeFile", "modelBytes"]);

/**
 * Rows by network, data set, bits of weights and of activations (float first) and time; runs of which only results are
 * known come last, by path.
 */
export function reportRows(runs: readonly RunRecord[], isMean: boolean): ReportRow[] {
  const sorted = [...runs].sort(compareRuns);
  return (isMean ? groupsBySeed(sorted) : sorted.map((run) => [run])).map(toRow);
}

function compareRuns(a: RunRecord, b: RunRecord): number {
  if (a.config === null || b.config === null) {
    return Number(a.config === null) - Number(b.config === null) || compare(a.path, b.path);
  }
  return (
    compare(a.config.arch, b.config.arch) ||
    compare(a.config.dataset, b.config.dataset) ||
    (bitsOf(a) ?? 0) - (bitsOf(b) ?? 0) ||
    (a.config.activationBits ?? 0) - (b.config.activationBits ?? 0) ||
    compare(a.config.startedAt, b.config.startedAt) ||
    compare(a.path, b.path)
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function bitsOf({ config }: RunRecord): number | null {
  return config && weightBits(config.search);
}

/**
 * Groups runs with the same configuration and number of epochs and different seeds. A repeated seed says nothing about
 * the variation over seeds: it goes to a separate group.
 */
function groupsBySeed(runs: readonly RunRecord[]): RunRecord[][] {
  const groups: { key: string; runs: RunRecord[] }[] = [];
  for (const run of runs) {
    const key = configurationKey(run);
    const isFor = (group: RunRecord[]) => group.every(({ config }) => config?.seed !== run.config?.seed);
    const group = groups.find((each) => each.key === key && isFor(each.runs));
    if (group === undefined) groups.push({ key, runs: [run] });
    else group.runs.push(run);
  }
  return groups.map((group) => group.runs);
}

function configurationKey({ path, config, epochs }: RunRecord): string {
  if (config === null) return path;
  const settings = [...config.settings].filter(([key]) => !NOT_CONFIGURATION.has(key));
  return JSON.stringify([epochs.length, sortedKeys(Object.fromEntries(settings))]);
}

/** Two files may have the same keys in different order. */
function sortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedKeys);
  if (typeof value !== "object" || value === null) return value;
  return Object.entries(value)
    .sort(([a], [b]) => compare(a, b))
    .map(([key, inner]) => [key, sortedKeys(inner)]);
}

function toRow(runs: readonly RunRecord[]): ReportRow {
  const [first] = runs;
  if (first === undefined) throw new RangeError("expected a row of at least one run");
  const { config } = first;
  const bests = runs.map(({ epochs }) => bestEpoch(epochs));
  return {
    runs: runs.map(({ path }) => path),
    arch: config?.arch ?? null,
    dataset: config?.dataset ?? null,
    bits: bitsOf(first),
    config,
    epochs: first.epochs.at(-1)?.epoch ?? 0,
    plannedEpochs: config?.epochs ?? null,
    top1: measured(runs.map(({ epochs }) => epochs.at(-1)?.val.top1)),
    top5: measured(runs.map(({ epochs }) => epochs.at(-1)?.val.top5)),
    bestTop1: measured(bests.map((best) => best?.val.top1)),
    bestEpoch: runs.length === 1 ? (bests[0]?.epoch ?? null) : null,
    trainSeconds: measured(runs.map(({ epochs }) => median(epochs.map(({ trainSeconds }) => trainSeconds)))),
    modelBytes: measured(runs.map(({ modelBytes }) => modelBytes ?? undefined)),
    seeds: runs.flatMap((run) => run.config?.seed ?? []),
  };
}

/** `null` unless every run has the value: a mean of some would look like the mean of all. */
export function measured(values: readonly (number | undefined)[]): Measured | null {
  const known = values.filter((value) => value !== undefined);
  if (known.length < values.length) return null;
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  if (known.length === 1) return { mean, std: null };
  const squares = known.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, std: Math.sqrt(squares / (known.length - 1)) };
}
