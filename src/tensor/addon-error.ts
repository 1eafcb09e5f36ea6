import type { AddonErrorCode } from "./addon-functions.js";

/** What the addon throws. */
export interface AddonError extends Error {
  readonly code: AddonErrorCode;
  /** The message without what was being called. */
  readonly reason: string;
}

/** Whether an error is the addon's, with one of these codes. */
export function hasErrorCode(error: unknown, ...codes: readonly AddonErrorCode[]): error is AddonError {
  return error instanceof Error && "code" in error && (codes as readonly unknown[]).includes(error.code);
}
