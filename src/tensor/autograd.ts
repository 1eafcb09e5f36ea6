import { addon } from "./addon.js";

/** Runs `body` without recording operations for gradients. */
export function noGrad<Result>(body: () => Result): Result {
  const before = addon().setGradEnabled(false);
  try {
    return body();
  } finally {
    addon().setGradEnabled(before);
  }
}
