import { type Precision, precisionName, samePrecision } from "./precision.js";
import type { Summary } from "./statistics.js";
import { formatTable } from "./table.js";

/** What one configuration took. */
export interface Measured {
  readonly who: "ours" | "peer";
  readonly precision: Precision;
  readonly stepSeconds: readonly number[];
  readonly summary: Summary;
  readonly peakRssBytes: number;
}

/** A quotient of two medians; above 1 the first is the slower one. */
export interface Ratio {
  readonly name: string;
  readonly value: number;
}

/** What a step is and what the machine can do. */
export interface Scale {
  readonly batch: number;
  readonly flopsPerStep: number;
  readonly peakFlopsPerSecond: number;
}

/** peer ÷ ours for each precision; then, of each side, searched ÷ float, and soft and noise ÷ hard of the same bits. */
export function ratios(measured: readonly Measured[]): Ratio[] {
  const ratio = (top: Measured, bottom: Measured | undefined): Ratio[] =>
    bottom === undefined ? [] : [{ name: `${label(top)} ÷ ${label(bottom)}`, value: quotient(top, bottom) }];
  const searched = measured.filter(({ precision }) => precision.search !== null);
  const hardOf = ({ who, precision }: Measured) =>
    searched.find((one) => one.who === who && one.precision.bits === precision.bits && modeOf(one) === "hard");
  return [
    ...measured.filter(({ who }) => who === "peer").flatMap((peer) => ratio(peer, other(measured, peer))),
    ...searched.flatMap((one) =>
      ratio(
        one,
        measured.find(({ who, precision }) => who === one.who && precision.search === null),
      ),
    ),
    ...searched.filter((one) => modeOf(one) !== "hard").flatMap((one) => ratio(one, hardOf(one))),
  ];
}

/** One row a configuration. */
export function stepTable(measured: readonly Measured[], { batch, flopsPerStep, peakFlopsPerSecond }: Scale): string {
  const ms = (seconds: number) => (seconds * 1000).toFixed(1);
  const rows = measured.map((one) => {
    const { median, firstQuartile, thirdQuartile } = one.summary;
    const flopsPerSecond = flopsPerStep / median;
    const peer = one.who === "ours" ? other(measured, one) : undefined;
    return [
      label(one),
      ms(median),
      `${ms(firstQuartile)}–${ms(thirdQuartile)}`,
      (batch / median).toFixed(1),
      (flopsPerSecond / 1e9).toFixed(1),
      ((100 * flopsPerSecond) / peakFlopsPerSecond).toFixed(1),
      (one.peakRssBytes / 1e6).toFixed(0),
      peer === undefined ? "" : (one.peakRssBytes / peer.peakRssBytes).toFixed(2),
    ];
  });
  const head = ["median step ms", "quartiles ms", "images/s", "GFLOP/s", "% of peak", "peak RSS MB", "RSS ÷ peer"];
  return formatTable([["", ...head], ...rows]);
}

/** One line a ratio. */
export function ratioTable(all: readonly Ratio[]): string {
  return formatTable(all.map(({ name, value }) => [name, value.toFixed(2)]));
}

/** The same precision on the other side. */
function other(measured: readonly Measured[], { who, precision }: Measured): Measured | undefined {
  return measured.find((one) => one.who !== who && samePrecision(one.precision, precision));
}

function modeOf({ precision }: Measured): string | undefined {
  return precision.search?.mode;
}

function label({ who, precision }: Measured): string {
  return `${who} ${precisionName(precision)}`;
}

function quotient(top: Measured, bottom: Measured): number {
  return top.summary.median / bottom.summary.median;
}
