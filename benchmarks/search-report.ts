import type { Mode } from "./precision.js";
import type { Contender } from "./search-contenders.js";
import type { Summary } from "./statistics.js";
import { formatTable } from "./table.js";

/** What one contender took. */
export interface Measured extends Contender {
  readonly valueCount: number;
  readonly mode: Mode;
  readonly summary: Summary;
}

/** Milliseconds, and GB/s of the bytes that an ideal implementation moves, also in parts of the machine's copy. */
export function searchTable(measured: readonly Measured[], weights: number, copyBytesPerSecond: number): string {
  const ms = (seconds: number) => (seconds * 1000).toFixed(2);
  const rows = measured.map(({ name, work, floatsPerWeight, valueCount, mode, summary }) => {
    const { median, firstQuartile, thirdQuartile } = summary;
    const bytes = weights * floatsPerWeight * Float32Array.BYTES_PER_ELEMENT;
    return [
      `K = ${valueCount}  ${mode}  ${name}, ${work}`,
      ms(median),
      `${ms(firstQuartile)}–${ms(thirdQuartile)}`,
      (bytes / 1e6).toFixed(1),
      (bytes / median / 1e9).toFixed(2),
      ((100 * bytes) / median / copyBytesPerSecond).toFixed(1),
    ];
  });
  return formatTable([["", "median ms", "quartiles ms", "MB", "GB/s", "% of copy"], ...rows]);
}

/** Of medians: composed ÷ fused and peer ÷ fused of the same work, above 1 where the fused one is faster. */
export function searchRatios(measured: readonly Measured[]): { readonly name: string; readonly value: number }[] {
  return measured
    .filter(({ name }) => name !== "fused")
    .map(({ name, work, valueCount, mode, summary }) => {
      const fused = measured.find(
        (other) =>
          other.name === "fused" && other.work === work && other.valueCount === valueCount && other.mode === mode,
      );
      const value = summary.median / (fused?.summary.median ?? Number.NaN);
      return { name: `K = ${valueCount}  ${mode}  ${name} ÷ fused, ${work}`, value };
    });
}
