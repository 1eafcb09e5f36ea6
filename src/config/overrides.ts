import { describeValue, quote } from "../text/describe.js";
import { InputError } from "../text/errors.js";
import { scalar } from "../text/kinds.js";
import { didYouMean } from "../text/suggest.js";
import { OPTIM_KEYS } from "./optim-keys.js";
import type { TrainingKey } from "./training-key.js";
import { KEY_PATHS, OVERRIDES, type OverrideValues, TRAINING_KEYS } from "./training-keys.js";

/** What overrides a training config: keys with options of their own, and any key by its path in a training JSON. */
export interface ConfigOverrides extends OverrideValues {
  /** `{ momentum: 0.8, "optim.logits.lr_scale": 2 }`; `null` takes back what a config says of a key that may be missing. */
  readonly set?: Readonly<Record<string, unknown>>;
}

/** An option of an optimizer of the user's own: its schema says what it takes. */
const OWN_OPTIONS = `optim.${OPTIM_KEYS.options.json}.`;
const OWN_OPTION: TrainingKey<unknown> = { json: "", kind: scalar, description: "" };

type Fields = Readonly<Record<string, unknown>>;

/** The newer names of keys that have an older one. */
const ALIASES: ReadonlyMap<string, string> = new Map(
  [...KEY_PATHS].flatMap(([path, { alias }]) => (alias === undefined ? [] : [[alias, path] as const])),
);

/** Names by which people know keys of the training config, and their paths. */
const OTHER_NAMES: ReadonlyMap<string, string> = new Map([
  ...Object.entries(TRAINING_KEYS).map(([name, { json }]) => [name, json] as const),
  ...OVERRIDES.map(({ option, path }) => [option as string, path] as const),
  ...[...KEY_PATHS.keys()].flatMap((path) => (path.includes(".") ? [[lastPart(path), path] as const] : [])),
]);

/**
 * A training JSON with other values, as if it had said them itself: what other keys default to follows. A key of `set` changes nothing
 * else; another number of epochs keeps the share of soft ones, and another temperature holds from the first epoch.
 * @param json as read from a file, of any kind: what is not an object is returned as it is, for the parser to refuse
 * @throws InputError naming the option, the key, what was expected and what was received
 */
export function withOverrides(json: unknown, { set = {}, ...options }: ConfigOverrides): unknown {
  checkSet(set);
  const given = OVERRIDES.flatMap(({ option, path }) =>
    options[option] === undefined ? [] : [{ option, path, value: options[option] }],
  );
  const keys = new Map(Object.entries(set).map(([path, value]) => [canonical(path), value]));
  const twice = given.find(({ path }) => keys.has(path));
  if (twice !== undefined) {
    throw new InputError(`\`${twice.option}\`: expected none with \`set\` ${twice.path}, which is the same key`);
  }
  if (!isObject(json)) return json;
  const values = new Map<string, unknown>([
    ...given.map(({ path, value }) => [path, value] as const),
    ...alongWith(options, json),
    ...keys,
  ]);
  return [...values].reduce<Fields>((fields, [path, value]) => withValue(fields, path, value), json);
}

/** The options of some overrides in words, to follow the file that they override: ", with `epochs` and `set`". */
export function overridesText(overrides: ConfigOverrides): string {
  const { set } = overrides;
  const names = [
    ...OVERRIDES.flatMap(({ option }) => (overrides[option] === undefined ? [] : [option])),
    ...(set === undefined || Object.keys(set).length === 0 ? [] : ["set"]),
  ].map((name) => `\`${name}\``);
  return names.length === 0
    ? ""
    : `, with ${[names.slice(0, -1).join(", "), names.at(-1)].filter(Boolean).join(" and ")}`;
}

/**
 * Reads a key and its value as the command line gives them: `momentum=0.8`, `milestones=[30,60]`, `temp_final=null`. A value that its key
 * does not take stays text, for `withOverrides` to refuse.
 * @throws InputError for a text without a key, and for a key that there is none of
 */
export function parseSetting(text: string): readonly [path: string, value: unknown] {
  const at = text.indexOf("=");
  if (at <= 0) {
    throw new InputError(`\`set\`: expected a key and its value, such as momentum=0.8, received ${quote(text)}`);
  }
  const [path, word] = [text.slice(0, at), text.slice(at + 1)];
  const key = keyAt(path);
  const value = key.kind.parse(word) ?? jsonValue(word);
  return [canonical(path), value === undefined ? word : value];
}

/** What two options change beside their own key. */
function alongWith({ epochs, temperature }: OverrideValues, json: Fields): (readonly [string, unknown])[] {
  const { softEpochs, firstTemperature } = TRAINING_KEYS;
  const [soft, before] = [json[softEpochs.json], json[TRAINING_KEYS.epochs.json]];
  const isShare = epochs !== undefined && typeof soft === "number" && typeof before === "number";
  return [
    ...(isShare ? [[softEpochs.json, Math.round((soft * epochs) / before)] as const] : []),
    ...(temperature !== undefined ? [[firstTemperature.json, temperature] as const] : []),
  ];
}

function checkSet(set: unknown): void {
  if (!isObject(set)) {
    throw new InputError(`\`set\`: expected an object of keys and values, received ${describeValue(set)}`);
  }
  for (const [path, value] of Object.entries(set)) {
    const { kind, default: missing } = keyAt(path);
    if (kind.is(value) || (value === null && missing === null)) continue;
    const hint = typeof value === "string" && kind.choices !== undefined ? didYouMean(value, kind.choices) : "";
    const expected = `${kind.expected}${missing === null ? ", or null" : ""}`;
    throw new InputError(`\`set\` ${path}: expected ${expected}, received ${describeValue(value)}${hint}`);
  }
}

/** Throws InputError for a path that is none of a key, with the nearest one. */
function keyAt(path: string): TrainingKey<unknown> {
  const key = KEY_PATHS.get(canonical(path)) ?? (path.startsWith(OWN_OPTIONS) ? OWN_OPTION : undefined);
  if (key !== undefined) return key;
  const known = OTHER_NAMES.get(path);
  const hint = known === undefined ? didYouMean(path, [...KEY_PATHS.keys()]) : `; did you mean "${known}"?`;
  const expected = hint === "" ? `one of ${[...KEY_PATHS.keys()].join(", ")}` : "a key of the training config";
  throw new InputError(`\`set\`: expected ${expected}, received ${quote(path)}${hint}`);
}

/** A path under its newer name. */
function canonical(path: string): string {
  return ALIASES.get(path) ?? path;
}

/** The fields with a value at a path, under its newer name; `null`: with none. */
function withValue(fields: Fields, path: string, value: unknown): Fields {
  const older = [...ALIASES].flatMap(([alias, newer]) => (newer === path ? [alias] : []));
  return older.reduce((rest, alias) => setAt(rest, alias, null), setAt(fields, path, value));
}

function setAt(fields: Fields, path: string, value: unknown): Fields {
  const [first = "", ...rest] = path.split(".");
  if (rest.length === 0) {
    const others = Object.fromEntries(Object.entries(fields).filter(([name]) => name !== path));
    return value === null ? others : { ...others, [path]: value };
  }
  const inner = fields[first] ?? {};
  // The parser says what is wrong with it.
  return isObject(inner) ? { ...fields, [first]: setAt(inner, rest.join("."), value) } : fields;
}

function jsonValue(word: string): unknown {
  try {
    return JSON.parse(word);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf(".") + 1);
}
