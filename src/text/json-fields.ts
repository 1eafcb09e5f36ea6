import { found, shortened } from "./describe.js";
import { InputError } from "./errors.js";

const MAX_DEPTH = 100;
/** Shares that were rounded may add up to a little more than 1. */
const ROUNDING = 1e-3;

/**
 * One JSON object of unknown content, whose values are checked as they are taken out. Every method throws InputError
 * starting with `where` (a file, a line) and naming the key, what was expected and what was found.
 */
export class JsonFields {
  readonly #values: ReadonlyMap<string, unknown>;
  readonly #where: string;

  constructor(value: unknown, where: string) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new InputError(`${where}: expected an object, found ${found(value)}`);
    }
    this.#values = new Map(Object.entries(value));
    this.#where = where;
  }

  has(key: string): boolean {
    return this.#values.has(key);
  }

  /** What errors begin with. */
  get where(): string {
    return this.#where;
  }

  object(key: string): JsonFields {
    return new JsonFields(this.#values.get(key), `${this.#where}: ${key}`);
  }

  /** `null` where the value is null. */
  objectOrNull(key: string): JsonFields | null {
    return this.#values.get(key) === null ? null : this.object(key);
  }

  /** The keys with their values as they are, but none nested so deep that walking through it ends the stack. */
  entries(): [string, unknown][] {
    for (const [key, value] of this.#values) {
      if (isTooDeep(value)) throw this.#wrong(key, `at most ${MAX_DEPTH} nested levels`);
    }
    return [...this.#values];
  }

  string(key: string): string {
    const value = this.#values.get(key);
    if (typeof value === "string") return value;
    throw this.#wrong(key, "a string");
  }

  boolean(key: string): boolean {
    const value = this.#values.get(key);
    if (typeof value === "boolean") return value;
    throw this.#wrong(key, "true or false");
  }

  /** A number; JSON has no NaN and no infinity, for which the strings "NaN", "Infinity", "-Infinity" stand. */
  number(key: string): number {
    const value = this.#values.get(key);
    if (typeof value === "number") return value;
    if (value === "NaN" || value === "Infinity" || value === "-Infinity") return Number(value);
    throw this.#wrong(key, "a number");
  }

  nonNegative(key: string): number {
    const value = this.number(key);
    if (value < 0) throw this.#wrong(key, "a number of at least 0");
    return value;
  }

  fraction(key: string): number {
    const value = this.number(key);
    if (value < 0 || value > 1) throw this.#wrong(key, "a fraction in [0, 1]");
    return value;
  }

  /** A finite number in [least, most]. */
  between(key: string, least: number, most: number): number {
    const value = this.number(key);
    if (value >= least && value <= most) return value;
    throw this.#wrong(key, `a number from ${least} to ${most}`);
  }

  integer(key: string, least: number, most = Number.MAX_SAFE_INTEGER): number {
    const value = this.number(key);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    const isUnlimited = most === Number.MAX_SAFE_INTEGER && !(value > most);
    throw this.#wrong(key, `an integer ${isUnlimited ? `of at least ${least}` : `from ${least} to ${most}`}`);
  }

  /** What `read` takes out, `null` where the value is null. */
  orNull<Value>(key: string, read: (fields: this, key: string) => Value): Value | null {
    return this.#values.get(key) === null ? null : read(this, key);
  }

  /** One of a few words. */
  oneOf<Word extends string>(key: string, words: readonly Word[]): Word {
    const word = words.find((candidate) => candidate === this.#values.get(key));
    if (word !== undefined) return word;
    throw this.#wrong(key, `one of ${words.join(", ")}`);
  }

  /** The value as it is; undefined where there is none. */
  unknown(key: string): unknown {
    return this.#values.get(key);
  }

  /** A list of anything. */
  list(key: string): readonly unknown[] {
    const value = this.#values.get(key);
    if (Array.isArray(value)) return value;
    throw this.#wrong(key, "a list");
  }

  /** A list of `least` to `most` finite numbers. */
  numbers(key: string, least: number, most: number): number[] {
    const value = this.#values.get(key);
    const isList = Array.isArray(value) && value.length >= least && value.length <= most;
    if (isList && value.every(Number.isFinite)) return value;
    throw this.#wrong(key, `a list of ${least} to ${most} numbers`);
  }

  /** A list of `least` to `most` fractions in [0, 1] that add up to at most 1. */
  shares(key: string, least: number, most: number): number[] {
    const shares = this.numbers(key, least, most);
    const sum = shares.reduce((total, share) => total + share, 0);
    if (shares.every((share) => share >= 0) && sum <= 1 + ROUNDING) return shares;
    throw this.#wrong(key, "fractions that add up to at most 1");
  }

  #wrong(key: string, expected: string): InputError {
    return new InputError(
      `${this.#where}: ${shortened(key)}: expected ${expected}, found ${found(this.#values.get(key))}`,
    );
  }
}

function isTooDeep(value: unknown): boolean {
  let level = [value];
  for (let depth = 0; depth <= MAX_DEPTH; depth++) {
    level = level.flatMap((each) => (typeof each === "object" && each !== null ? Object.values(each) : []));
    if (level.length === 0) return false;
  }
  return true;
}
