import { describeValue, quote } from "../text/describe.js";
import { InputError } from "../text/errors.js";
import { didYouMean, suggest } from "../text/suggest.js";

/** Where an object of keys was found, for errors. */
export interface Place {
  /** The file, named in every error. */
  readonly source: string;
  /** What stands before a key where the object is part of the file: `recipe.optim.`. */
  readonly prefix: string;
}

/** The one-line error of a bad value: `file: key "k": expected …, found …`, then a hint if there is one. */
export function keyError(source: string, key: string, expected: string, value: unknown, hint = ""): InputError {
  const found = value === undefined ? "no such key" : describeValue(value);
  return new InputError(`${source}: key ${quote(key)}: expected ${expected}, found ${found}${hint}`);
}

/** The error of a key that is none of those known, with the nearest of them. */
export function unknownKeyError(place: Place, key: string, known: readonly string[]): InputError {
  const list = known.length === 0 ? "no keys" : `one of ${known.join(", ")}`;
  const expected = suggest(key, known) === undefined ? list : "a known key";
  return new InputError(
    `${place.source}: key ${quote(`${place.prefix}${key}`)}: expected ${expected}, found an unknown key${didYouMean(key, known)}`,
  );
}
