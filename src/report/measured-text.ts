import type { Measured } from "./report-rows.js";

/** What is not known, not there, or does not apply. */
export const UNKNOWN = "–";

/** `59.50 ± 2.12`, of one run `59.50`. */
export function measuredText(value: Measured | null, toText: (value: number) => string): string {
  if (value === null) return UNKNOWN;
  return value.std === null ? toText(value.mean) : `${toText(value.mean)} ± ${toText(value.std)}`;
}

/** A fraction in percent, without the sign. */
export function percentText(fraction: number): string {
  return (fraction * 100).toFixed(2);
}

export function bytesText(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(2)} MB`;
}
