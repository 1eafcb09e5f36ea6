import { OVERRIDES } from "../config/training-keys.js";
import { MAX_STAGE } from "../run/limits.js";
import { SETTING_ROWS } from "../run/settings.js";
import { describeValue } from "../text/describe.js";
import { InputError } from "../text/errors.js";
import { boolean, integer, type Kind, number, oneOf, text } from "../text/kinds.js";
import { didYouMean } from "../text/suggest.js";

/** A week, in seconds. */
const MAX_DIST_TIMEOUT = 604_800;
const MAX_INDEX = 1023;

/** Options that say where and how a run computes, with what they take; `null`: objects and functions, which are not checked. */
const PLACE_KINDS = {
  device: text("cpu, cuda, cuda:<index>, mps or auto"),
  gpu: integer(0, MAX_INDEX),
  localRank: integer(0, MAX_INDEX),
  backend: oneOf("auto", "gloo", "nccl"),
  distTimeout: number({ min: 1, max: MAX_DIST_TIMEOUT }),
  download: boolean,
  downloadUrl: text("an address"),
  resume: text("a path"),
  ...{ onDownload: null, loggers: null, note: null, skipped: null, signals: null },
  ...{ network: null, data: null, optimizer: null, loss: null },
} as const;

/** What the options of `train` take besides settings: one place for the library and the flags. */
export const OPTION_KINDS = {
  ...PLACE_KINDS,
  transforms: text("a file or a name in json/transform"),
  quantize: boolean,
  quantizeFirstLayer: boolean,
  quantizeLastLayer: boolean,
  stage: integer(0, MAX_STAGE),
  stages: integer(1, MAX_STAGE),
  workDir: text("a path"),
  save: boolean,
  ...{ config: null, set: null, values: null },
} as const;

const OVERRIDE_KINDS = Object.fromEntries(OVERRIDES.map(({ option, kind }) => [option, kind]));
const RESUMABLE_OVERRIDES = OVERRIDES.flatMap(({ option, override }) => (override.onResume ? [option] : []));
const SETTING_KINDS = new Map(SETTING_ROWS.map(([name, setting]) => [name as string, setting]));
const RESUMABLE = [...SETTING_KINDS].flatMap(([name, { onResume }]) => (onResume ? [name] : []));

/**
 * Checks the options of a new run, or of one that is resumed, by name and kind.
 * @throws InputError naming the first option that there is none of, or that has a value of another kind
 */
export function checkOptions(options: object, isNew: boolean): void {
  const kinds: Readonly<Record<string, Kind<unknown> | null>> = isNew
    ? { ...OVERRIDE_KINDS, ...OPTION_KINDS }
    : {
        ...PLACE_KINDS,
        ...Object.fromEntries(RESUMABLE_OVERRIDES.map((name) => [name, OVERRIDE_KINDS[name] ?? null])),
      };
  const known = [...Object.keys(kinds), ...(isNew ? SETTING_KINDS.keys() : [...RESUMABLE, "syncBn"])];
  for (const [name, value] of Object.entries(options)) {
    if (!known.includes(name)) {
      const hint = didYouMean(name, known) || `: ${known.join(", ")}`;
      throw new InputError(`option "${name}": expected a known option${hint}`);
    }
    const setting = SETTING_KINDS.get(name);
    const kind = setting?.kind ?? kinds[name] ?? null;
    if (value === undefined || kind === null || kind.is(value) || (value === null && setting?.default === null))
      continue;
    const hint = typeof value === "string" && kind.choices !== undefined ? didYouMean(value, kind.choices) : "";
    throw new InputError(`\`${name}\`: expected ${kind.expected}, received ${describeValue(value)}${hint}`);
  }
}
