/** What values a setting takes: one description for JSON files, flags, and arguments of the library. */
export interface Kind<Value> {
  /** Description to follow "expected": "a number > 0". */
  readonly expected: string;
  /** The same for a flag's text, if it differs. */
  readonly expectedText?: string;
  /** Whether a value, as JSON or a script gives it, is one. */
  is(value: unknown): value is Value;
  /** Reads the text of a flag; `undefined` where it is no such value. */
  parse(text: string): Value | undefined;
  /** The choices, for suggesting the nearest; missing if there is no list. */
  readonly choices?: readonly string[];
}

/** Bounds of a number: inclusive `min` and `max`, exclusive `above` and `below`. */
export interface Bounds {
  readonly min?: number;
  readonly max?: number;
  readonly above?: number;
  readonly below?: number;
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** A finite number within bounds. */
export function number(bounds: Bounds): Kind<number> {
  return numeric(`a number ${boundsText(bounds)}`, (value) => Number.isFinite(value) && isWithin(value, bounds));
}

/** An integer from `min`, up to `max` if there is one. */
export function integer(min: number, max?: number): Kind<number> {
  const bounds = { min, ...(max !== undefined && { max }) };
  const is = (value: number) => Number.isSafeInteger(value) && isWithin(value, bounds);
  const range = max === undefined ? `>= ${min}` : `from ${min} to ${max}`;
  return { ...numeric(`an integer ${boundsText(bounds)}`, is, /^\d+$/), expectedText: `a whole number ${range}` };
}

/** A number of images, or below 1 a fraction of them. */
export const imagesOrShare: Kind<number> = {
  ...numeric(
    "a number of images ≥ 1, or a share between 0 and 1",
    (value) => (value > 0 && value < 1) || (Number.isSafeInteger(value) && value >= 1),
  ),
  expectedText: "a whole number of images >= 1, or a share between 0 and 1",
};

/** One of a few strings. */
export function oneOf<const Words extends readonly string[]>(...words: Words): Kind<Words[number]> {
  const is = (value: unknown): value is Words[number] => words.some((word) => word === value);
  const quoted = words.map((word) => JSON.stringify(word));
  return {
    expected: quoted.length === 2 ? quoted.join(" or ") : `one of ${quoted.join(", ")}`,
    expectedText: `one of ${words.join(", ")}`,
    choices: words,
    is,
    parse: (text) => (is(text) ? text : undefined),
  };
}

/** True or false; as a flag, true if given. */
export const boolean: Kind<boolean> = {
  expected: "true or false",
  is: (value) => typeof value === "boolean",
  parse: (text) => (text === "true" ? true : text === "false" ? false : undefined),
};

/** A number, a text, true or false. */
export const scalar: Kind<number | boolean | string> = {
  expected: "a number, a text, true or false",
  is: (value): value is number | boolean | string => isScalar(value),
  parse: (word) => (DECIMAL.test(word) ? Number(word) : (boolean.parse(word) ?? word)),
};

/** An object of numbers, texts, true and false by names. */
export const scalars: Kind<Readonly<Record<string, number | boolean | string>>> = {
  expected: "an object of numbers, texts, true and false",
  is: (value): value is Readonly<Record<string, number | boolean | string>> =>
    typeof value === "object" && value !== null && !Array.isArray(value) && Object.values(value).every(isScalar),
  parse: () => undefined,
};

function isScalar(value: unknown): boolean {
  return typeof value === "number" ? Number.isFinite(value) : typeof value === "boolean" || typeof value === "string";
}

/** A text that is not empty, as an unset variable of a shell leaves it. */
export function text(expected: string): Kind<string> {
  const is = (value: unknown): value is string => typeof value === "string" && value !== "";
  return { expected, is, parse: (word) => (is(word) ? word : undefined) };
}

/** A list of integers ≥ 1, each greater than the one before. */
export const increasing: Kind<readonly number[]> = {
  expected: "a strictly increasing list of integers ≥ 1",
  is: (value): value is readonly number[] => Array.isArray(value) && value.every(Number.isSafeInteger) && rises(value),
  parse: () => undefined,
};

function numeric(expected: string, fits: (value: number) => boolean, pattern = DECIMAL): Kind<number> {
  const is = (value: unknown): value is number => typeof value === "number" && fits(value);
  return {
    expected,
    is,
    parse: (text) => {
      const value = pattern.test(text) ? Number(text) : Number.NaN;
      return is(value) ? value : undefined;
    },
  };
}

function rises(numbers: readonly number[]): boolean {
  return numbers.every((value, index) => value > (numbers[index - 1] ?? 0));
}

function isWithin(value: number, { min, max, above, below }: Bounds): boolean {
  return !(
    (min !== undefined && value < min) ||
    (max !== undefined && value > max) ||
    (above !== undefined && value <= above) ||
    (below !== undefined && value >= below)
  );
}

function boundsText({ min, max, above, below }: Bounds): string {
  if (min !== undefined && max !== undefined) return `from ${min} to ${max}`;
  const bounds = [["≥", min] as const, [">", above] as const, ["<", below] as const, ["≤", max] as const];
  return bounds.flatMap(([sign, bound]) => (bound === undefined ? [] : [`${sign} ${bound}`])).join(" and ");
}
