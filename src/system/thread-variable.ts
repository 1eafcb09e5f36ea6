import { InputError } from "../text/errors.js";

/** The most threads that LibTorch is given, by the environment or by a call. */
export const MAX_THREADS = 1024;

/**
 * The threads that OMP_NUM_THREADS asks for, as of any OpenMP program; of a list, which names the threads of nested
 * levels too, the first. `undefined` where it is not set, or empty.
 *
 * @throws InputError for what is no such number: OpenMP would say so in words of its own and take every core
 */
export function threadsFromEnvironment(text = process.env["OMP_NUM_THREADS"]): number | undefined {
  if (text === undefined || text.trim() === "") return undefined;
  const [first] = /^\s*\d+\s*(,\s*\d+\s*)*$/.test(text) ? text.split(",").map(Number) : [];
  if (first !== undefined && first >= 1 && first <= MAX_THREADS) return first;
  throw new InputError(
    `environment variable OMP_NUM_THREADS: expected a whole number from 1 to ${MAX_THREADS}, found ${JSON.stringify(text)}`,
  );
}
