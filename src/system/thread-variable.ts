import { InputError } from "../text/errors.js";

/** Maximum number of LibTorch's threads, from the environment or a call. */
export const MAX_THREADS = 1024;

/**
 * The number of threads in OMP_NUM_THREADS, as for any OpenMP program; the first of a list, which is for nested levels.
 * `undefined` if it is not set or empty.
 *
 * @throws InputError for anything else: OpenMP would only warn, and use every core
 */
export function threadsFromEnvironment(text = process.env["OMP_NUM_THREADS"]): number | undefined {
  if (text === undefined || text.trim() === "") return undefined;
  const [first] = /^\s*\d+\s*(,\s*\d+\s*)*$/.test(text) ? text.split(",").map(Number) : [];
  if (first !== undefined && first >= 1 && first <= MAX_THREADS) return first;
  throw new InputError(
    `environment variable OMP_NUM_THREADS: expected a whole number from 1 to ${MAX_THREADS}, found ${JSON.stringify(text)}`,
  );
}
