import { InputError } from "../text/errors.js";

const maxValues = 256;

/**
 * Checks that `values` is a value set: a list of K numbers, 2 ≤ K ≤ 256, that are finite and distinct as float32, the
 * precision of weights. The order is kept, since logit k belongs to value k.
 *
 * @param source The file or flag the values came from, named in every error.
 * @returns A copy of the numbers as written, not rounded.
 * @throws InputError naming `source`, the element, what was expected and what was found.
 */
export function checkValueSet(values: unknown, source: string): readonly number[] {
  if (!Array.isArray(values)) {
    throw new InputError(`${source}: expected a list of 2 to ${maxValues} numbers, found ${describe(values)}`);
  }
  if (values.length < 2 || values.length > maxValues) {
    throw new InputError(
      `${source}: expected a list of 2 to ${maxValues} numbers, found ${values.length === 0 ? "none" : values.length}`,
    );
  }
  const indexOfRounded = new Map<number, number>();
  return Array.from(values, (value: unknown, index) => {
    const place = `${source}: values[${index}]`;
    if (typeof value !== "number" || !Number.isFinite(Math.fround(value))) {
      throw new InputError(`${place}: expected a number that is finite as float32, found ${describe(value)}`);
    }
    const rounded = Math.fround(value);
    const twin = indexOfRounded.get(rounded);
    if (twin !== undefined) {
      throw new InputError(
        `${place}: expected numbers that differ as float32, found ${value}, which equals values[${twin}]`,
      );
    }
    indexOfRounded.set(rounded, index);
    return value;
  });
}

function describe(value: unknown): string {
  if (typeof value === "number" || typeof value === "boolean" || value === null) {
    return String(value);
  }
  return Array.isArray(value) ? "a list" : typeof value === "string" ? "a string" : "an object";
}
