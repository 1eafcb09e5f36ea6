import { LOGIT_KEYS, NORM_KEYS, OPTIM_KEYS } from "../config/optim-keys.js";
import type { TrainingKey } from "../config/training-key.js";
import { TRAINING_KEYS } from "../config/training-keys.js";
import { found } from "../text/describe.js";

type Table = Readonly<Record<string, TrainingKey<unknown>>>;

/** What figures call keys of a training config; others go by their names in JSON, with spaces. */
const LABELS: Readonly<Record<string, string>> = {
  batchSize: "batch",
  initLr: "learning rate",
  lrScheduler: "schedule",
  lrStep: "schedule by",
  etaMin: "minimum learning rate",
  logitInit: "logits start",
  initTemperature: "temperature",
  temperatureAnnealRate: "temperature decay",
  temperatureAnnealStep: "temperature step",
  temperatureMin: "minimum temperature",
  temperatureAnnealBegin: "annealing begins",
  temperatureAnnealEnd: "annealing ends",
  temperatureFinal: "final temperature",
  initNoiseScale: "noise scale",
  noiseAnnealRate: "noise decay",
  noiseAnnealStep: "noise step",
  "optim.name": "optimizer",
  "optim.ema": "EMA",
  "optim.clipNorm": "clip norm",
  "optim.logits.lrScale": "logits' learning rate ×",
  "optim.logits.lrUnit": "logits' rate unit",
  "optim.norms.lrScale": "norms' learning rate ×",
};
/** Settings shown elsewhere, or determined by others. */
const OMITTED = new Set(["epochs", "firstTemperature", "firstNoiseScale"]);

/** The keys of a training config, as in `config.json`, with dots where nested, and their names in JSON. */
const KEYS: ReadonlyMap<string, string> = new Map([
  ...namesOf(TRAINING_KEYS, "", ""),
  ...namesOf(OPTIM_KEYS, "optim.", ""),
  ...namesOf(NORM_KEYS, "optim.norms.", "norms' "),
  ...namesOf(LOGIT_KEYS, "optim.logits.", "logits' "),
]);

function namesOf(table: Table, path: string, prefix: string): [string, string][] {
  return Object.entries(table).map(([key, { json }]) => [path + key, prefix + json.replaceAll("_", " ")]);
}

/** A recorded training config as texts such as "soft epochs 24", by key; empty for a key that is off. */
export function configTexts(config: ReadonlyMap<string, unknown>): [key: string, text: string][] {
  const flat = new Map(flattened(Object.fromEntries(config), ""));
  return [...KEYS].flatMap(([key, name]): [string, string][] => {
    if (OMITTED.has(key) || !flat.has(key)) return [];
    return [[key, settingText(LABELS[key] ?? name, flat.get(key))]];
  });
}

function settingText(label: string, value: unknown): string {
  if (value === null || value === false || value === "" || (Array.isArray(value) && value.length === 0)) return "";
  if (value === true) return label;
  const separator = label.endsWith("×") ? "" : " ";
  return `${label}${separator}${Array.isArray(value) ? value.join("+") : typeof value === "string" ? value : found(value)}`;
}

function flattened(value: Readonly<Record<string, unknown>>, path: string): [string, unknown][] {
  return Object.entries(value).flatMap(([key, inner]): [string, unknown][] =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? flattened(inner as Record<string, unknown>, `${path}${key}.`)
      : [[path + key, inner]],
  );
}
