/** Numbers as people read them. */

/** Stands for an unknown, missing or inapplicable value. */
export const UNKNOWN = "–";

/** A fraction in percent: "42.80 %". */
export function percent(fraction: number): string {
  return `${percentText(fraction)} %`;
}

/** A fraction in percent, without the sign: "42.80". */
export function percentText(fraction: number): string {
  return (fraction * 100).toFixed(2);
}

/** A size in powers of 1000: "21.5 kB", "1.07 MB". */
export function bytesText(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(2)} MB`;
}

/** An integer with thousands separators: "45,000". */
export function countText(count: number): string {
  return count.toLocaleString("en-US");
}

/** A mean over several runs and its standard deviation, `null` of one run: "59.50 ± 2.12", "59.50". */
export function measuredText(
  value: { readonly mean: number; readonly std: number | null } | null,
  toText: (value: number) => string,
): string {
  if (value === null) return UNKNOWN;
  return value.std === null ? toText(value.mean) : `${toText(value.mean)} ± ${toText(value.std)}`;
}

/** A loss in at most eight characters: "0.1234", "1.235e+4", "NaN". */
export function lossText(loss: number): string {
  return Math.abs(loss) < 1000 || !Number.isFinite(loss) ? fixed(loss) : loss.toExponential(3).replace("e+", "e");
}

function fixed(value: number): string {
  return Number.isFinite(value) ? value.toFixed(4) : String(value).replace("Infinity", "inf");
}

/** A duration: "7.4 s", "1:05", "2:03:09". */
export function durationText(seconds: number): string {
  if (!Number.isFinite(seconds)) return UNKNOWN;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const two = (value: number) => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}
