import { LOGIT_KEYS, NORM_KEYS, OPTIM_KEYS } from "../../src/config/optim-keys.js";
import type { TrainingKey } from "../../src/config/training-key.js";
import { TRAINING_KEYS } from "../../src/config/training-keys.js";
import { SETTING_ROWS, type Setting } from "../../src/run/settings.js";
import { flagName } from "../../src/text/flag-name.js";
import type { Kind } from "../../src/text/kinds.js";
import { markdownTable } from "../../src/text/table.js";

type Keys = Readonly<Record<string, TrainingKey<unknown>>>;

/** The keys of a training config as a table in Markdown: a row a key, in their order. */
export function trainingConfigTable(): string {
  const rows = [
    ...keyRows(TRAINING_KEYS),
    ...keyRows(OPTIM_KEYS, "optim."),
    ...keyRows(NORM_KEYS, "optim.norms."),
    ...keyRows(LOGIT_KEYS, "optim.logits."),
  ];
  return table(["key", "value", "in `config.json`", "default", "since format", "meaning"], rows);
}

/** The settings of a run as a table in Markdown: a row a setting, in the order of `--help`'s groups. */
export function runSettingsTable(): string {
  const titles = ["key", "value", "flag", "default", "since format", "can change on resume", "meaning"];
  return table(titles, SETTING_ROWS.map(settingRow));
}

function keyRows(keys: Keys, prefix = ""): string[][] {
  return Object.entries(keys).map(([name, key]) => [
    code(prefix + key.json),
    valuesOf(key.kind),
    code(prefix + name),
    keyDefault(key),
    sinceFormat(key),
    key.description,
  ]);
}

function settingRow([name, setting]: readonly [string, Setting<unknown>]): string[] {
  const { kind, onResume = false, description } = setting;
  return [
    code(name),
    valuesOf(kind),
    code(flagName(name)),
    setting.defaultText ?? shown(setting.default),
    sinceFormat(setting),
    onResume ? "yes" : "no",
    description,
  ];
}

/** The default of a key. One that defaults to another key's value, always of `TRAINING_KEYS`, names that key. */
function keyDefault({ default: value, defaultsTo }: TrainingKey<unknown>): string {
  if (defaultsTo !== undefined) return code((TRAINING_KEYS as Keys)[defaultsTo]?.json ?? defaultsTo);
  return value === undefined ? "required" : shown(value);
}

function valuesOf({ choices, expected }: Kind<unknown>): string {
  return choices?.map((choice) => code(JSON.stringify(choice))).join(", ") ?? expected.replace(/^an? /, "");
}

function shown(value: unknown): string {
  const isNone = value === null || (Array.isArray(value) && value.length === 0);
  return isNone ? "none" : code(JSON.stringify(value));
}

function sinceFormat({ since }: { readonly since?: number }): string {
  return since === undefined ? "" : String(since);
}

function code(text: string): string {
  return `\`${text}\``;
}

function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  return markdownTable({ columns: titles.map((title) => ({ title, align: "left" })), rows });
}
