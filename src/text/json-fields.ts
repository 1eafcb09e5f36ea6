import { found, shortened } from "./describe.js";
import { InputError } from "./errors.js";
import type { Kind } from "./kinds.js";

const MAX_DEPTH = 100;
/** Rounded fractions may add up to slightly more than 1. */
const ROUNDING = 1e-3;

/**
 * One JSON object of unknown content, whose values are checked when they are read. Every method throws an InputError
 * that starts with `where` (a file, a line) and names the key, what was expected and what was found.
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

  /** Prefix of errors. */
  get where(): string {
    return this.#where;
  }

  object(key: string): JsonFields {
    return new JsonFields(this.#values.get(key), `${this.#where}: ${key}`);
  }

  /** `null` if the value is null. */
  objectOrNull(key: string): JsonFields | null {
    return this.#values.get(key) === null ? null : this.object(key);
  }

  /** The keys with their values unchecked, except that values nested too deep for recursion are refused. */
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

  /** A finite number in [min, max]. */
  between(key: string, min: number, max: number): number {
    const value = this.number(key);
    if (value >= min && value <= max) return value;
    throw this.#wrong(key, `a number from ${min} to ${max}`);
  }

  integer(key: string, min: number, max = Number.MAX_SAFE_INTEGER): number {
    const value = this.number(key);
    if (Number.isInteger(value) && value >= min && value <= max) return value;
    const isUnlimited = max === Number.MAX_SAFE_INTEGER && !(value > max);
    throw this.#wrong(key, `an integer ${isUnlimited ? `of at least ${min}` : `from ${min} to ${max}`}`);
  }

  /** The result of `read`, or `null` if the value is null. */
  orNull<Value>(key: string, read: (fields: this, key: string) => Value): Value | null {
    return this.#values.get(key) === null ? null : read(this, key);
  }

  /** One of a few strings. */
  oneOf<Word extends string>(key: string, words: readonly Word[]): Word {
    const word = words.find((candidate) => candidate === this.#values.get(key));
    if (word !== undefined) return word;
    throw this.#wrong(key, `one of ${words.join(", ")}`);
  }

  /** A value of a kind. */
  value<Value>(key: string, kind: Kind<Value>): Value {
    const value = this.#values.get(key);
    if (kind.is(value)) return value;
    throw this.#wrong(key, kind.expected);
  }

  /** The value unchecked; undefined if there is none. */
  unknown(key: string): unknown {
    return this.#values.get(key);
  }

  /** A list of anything. */
  list(key: string): readonly unknown[] {
    const value = this.#values.get(key);
    if (Array.isArray(value)) return value;
    throw this.#wrong(key, "a list");
  }

  /** A list of strings. */
  strings(key: string): string[] {
    return this.list(key).map((value, index) => {
      if (typeof value === "string") return value;
      throw new InputError(`${this.#where}: ${key}[${index}]: expected a string, found ${found(value)}`);
    });
  }

  /** A list of `min` to `max` finite numbers. */
  numbers(key: string, min: number, max: number): number[] {
    const value = this.#values.get(key);
    const isList = Array.isArray(value) && value.length >= min && value.length <= max;
    if (isList && value.every(Number.isFinite)) return value;
    throw this.#wrong(key, `a list of ${min} to ${max} numbers`);
  }

  /** A list of `min` to `max` fractions in [0, 1] that add up to at most 1. */
  shares(key: string, min: number, max: number): number[] {
    const shares = this.numbers(key, min, max);
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
