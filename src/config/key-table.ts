import { describeValue, quote } from "../text/describe.js";
import { InputError } from "../text/errors.js";
import { didYouMean } from "../text/suggest.js";
import { keyError, type Place, unknownKeyError } from "./key-error.js";
import type { TrainingKey, ValuesOf } from "./training-key.js";

type Table = Readonly<Record<string, TrainingKey<unknown>>>;
type Fields = ReadonlyMap<string, unknown>;

/** The fields of a JSON object with no others than the known ones. Throws InputError. */
export function checkedFields(json: unknown, known: readonly string[], place: Place): Fields {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    const at = place.prefix === "" ? "" : ` key ${quote(place.prefix.replace(/\.$/, ""))}:`;
    throw new InputError(`${place.source}:${at} expected a JSON object, found ${describeValue(json)}`);
  }
  const fields = new Map(Object.entries(json));
  const unknown = [...fields.keys()].find((key) => !known.includes(key));
  if (unknown !== undefined) throw unknownKeyError(place, unknown, known);
  return fields;
}

/** The names of a table's keys in a training JSON, older names too. */
export function jsonNames(table: Table): string[] {
  return Object.values(table).flatMap(({ json, alias }) => (alias === undefined ? [json] : [json, alias]));
}

/**
 * The values of a training JSON's fields: as given, else the key's default, else that of the key it defaults to.
 * @param inherited values of keys outside this table that others default to
 * @throws InputError naming the key, what was expected and what was found
 */
export function readJsonKeys<Keys extends Table>(
  table: Keys,
  fields: Fields,
  place: Place,
  inherited: Readonly<Record<string, unknown>> = {},
): ValuesOf<Keys> {
  const given = new Map(Object.entries(table).map(([name, key]) => [name, givenValue(key, fields, place)]));
  const resolved = (name: string): unknown => {
    const key = table[name];
    const value = given.get(name) ?? key?.default;
    if (value !== undefined) return value;
    if (key?.defaultsTo === undefined)
      throw keyError(place.source, `${place.prefix}${key?.json}`, expectedOf(key), undefined);
    return key.defaultsTo in inherited ? inherited[key.defaultsTo] : resolved(key.defaultsTo);
  };
  return Object.fromEntries(Object.keys(table).map((name) => [name, resolved(name)])) as ValuesOf<Keys>;
}

/** The values that a run recorded under their own names; keys that came with later formats have their defaults. */
export function readRecordedKeys<Keys extends Table>(
  table: Keys,
  fields: Fields,
  place: Place,
  formatVersion: number,
): ValuesOf<Keys> {
  const values = Object.entries(table).map(([name, key]) => {
    if (!isRecorded(key, formatVersion)) return [name, key.default] as const;
    const value = fields.get(name);
    if (key.kind.is(value) || (value === null && key.default === null)) return [name, value] as const;
    throw keyError(place.source, `${place.prefix}${name}`, expectedOf(key), value, hint(key, value));
  });
  return Object.fromEntries(values) as ValuesOf<Keys>;
}

/** Whether runs of a format have a key. */
export function isRecorded({ since = 1 }: TrainingKey<unknown>, formatVersion: number): boolean {
  return formatVersion >= since;
}

/** Values as a training JSON has them, nothing left to defaults; `null` is expressed by no key. */
export function writeJsonKeys(table: Table, values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const written = Object.entries(table).map(([name, { json }]) => [json, values[name]] as const);
  return Object.fromEntries(written.filter(([, value]) => value !== null));
}

function givenValue({ json, alias, kind }: TrainingKey<unknown>, fields: Fields, { source, prefix }: Place): unknown {
  const [value, older] = [fields.get(json), alias === undefined ? undefined : fields.get(alias)];
  for (const [name, each] of [
    [json, value],
    [alias, older],
  ] as const) {
    if (each === undefined || kind.is(each)) continue;
    throw keyError(source, `${prefix}${name}`, kind.expected, each, suggestion(kind, each));
  }
  if (value !== undefined && older !== undefined && older !== value) {
    throw keyError(source, `${prefix}${alias}`, `the same as ${json} (${describeValue(value)}), its newer name`, older);
  }
  return value ?? older;
}

function expectedOf(key: TrainingKey<unknown> | undefined): string {
  return key === undefined ? "a key" : key.default === null ? `${key.kind.expected}, or null` : key.kind.expected;
}

function hint({ kind }: TrainingKey<unknown>, value: unknown): string {
  return suggestion(kind, value);
}

function suggestion({ choices }: TrainingKey<unknown>["kind"], value: unknown): string {
  return choices !== undefined && typeof value === "string" ? didYouMean(value, choices) : "";
}
