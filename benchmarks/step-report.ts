import type { Summary } from "./statistics.js";
import { formatTable } from "./table.js";

/** What one configuration took. */
export interface Measured {
  readonly who: "ours" | "peer";
  /** 0 for float. */
  readonly bits: number;
  readonly stepSeconds: readonly number[];
  readonly summary: Summary;
  readonly peakRssBytes: number;
}

/** A quotient of two medians; above 1 the first is the slower one. */
export interface Ratio {
  readonly name: string;
  readonly value: number;
}

export function precisionName(bits: number): string {
  return bits === 0 ? "float" : `${bits}-bit`;
}

/** peer ÷ ours for each precision, then searched ÷ float of each side. */
export function ratios(measured: readonly Measured[]): Ratio[] {
  const ratio = (top: Measured, bottom: Measured | undefined): Ratio[] =>
    bottom === undefined ? [] : [{ name: `${label(top)} ÷ ${label(bottom)}`, value: quotient(top, bottom) }];
  const find = (who: Measured["who"], bits: number) => measured.find((one) => one.who === who && one.bits === bits);
  return [
    ...measured.filter(({ who }) => who === "peer").flatMap((peer) => ratio(peer, find("ours", peer.bits))),
    ...measured.filter(({ bits }) => bits !== 0).flatMap((searched) => ratio(searched, find(searched.who, 0))),
  ];
}

/** One row a configuration. */
export function stepTable(measured: readonly Measured[], batch: number): string {
  const ms = (seconds: number) => (seconds * 1000).toFixed(1);
  const rows = measured.map((one) => {
    const { median, firstQuartile, thirdQuartile } = one.summary;
    return [
      label(one),
      ms(median),
      `${ms(firstQuartile)}–${ms(thirdQuartile)}`,
      (batch / median).toFixed(1),
      (one.peakRssBytes / 1e6).toFixed(0),
    ];
  });
  return formatTable([["", "median step ms", "quartiles ms", "images/s", "peak RSS MB"], ...rows]);
}

/** One line a ratio. */
export function ratioTable(all: readonly Ratio[]): string {
  return formatTable(all.map(({ name, value }) => [name, value.toFixed(2)]));
}

function label({ who, bits }: Measured): string {
  return `${who} ${precisionName(bits)}`;
}

function quotient(top: Measured, bottom: Measured): number {
  return top.summary.median / bottom.summary.median;
}
