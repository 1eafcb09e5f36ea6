import type { EpochMetrics } from "../../run/metrics-jsonl.js";
import { durationText, lossText, percentText } from "../../text/format.js";
import { tellsTop5 } from "./epoch-line.js";
import { type Fitted, fit, GAP } from "./fit.js";

/** The properties of a run that its table needs. */
export interface EpochTableOptions {
  readonly epochs: number;
  readonly searched: boolean;
  /** Whether weights are ever drawn with noise. */
  readonly hasNoise: boolean;
  readonly classes: number;
  /** Characters of the terminal. */
  readonly width: number;
}

interface Column extends Fitted {
  readonly title: string;
  readonly cell: (metrics: EpochMetrics, isBest: boolean) => string;
}

/** The columns that fit, in order. */
function columnsOf({ epochs, searched, hasNoise, classes, width }: EpochTableOptions): readonly Column[] {
  const all: Column[] = [
    {
      title: "epoch",
      width: Math.max(5, 2 * String(epochs).length + 1),
      cell: ({ epoch }) => `${epoch}/${epochs}`,
      rank: 0,
    },
    { title: "lr", width: 7, cell: ({ lr }) => shortNumber(lr), rank: 3 },
    ...(searched
      ? [{ title: "temp", width: 7, cell: ({ temperature }: EpochMetrics) => shortNumber(temperature), rank: 5 }]
      : []),
    ...(searched && hasNoise
      ? [{ title: "noise", width: 7, cell: ({ noiseScale }: EpochMetrics) => shortNumber(noiseScale), rank: 7 }]
      : []),
    { title: "train loss", width: 10, cell: ({ train }) => lossText(train.loss), rank: 1 },
    { title: "top-1%", width: 6, cell: ({ train }) => percentText(train.top1), rank: 4 },
    { title: "val loss", width: 8, cell: ({ val }) => lossText(val.loss), rank: 0 },
    { title: "top-1% ", width: 7, cell: ({ val }, isBest) => percentText(val.top1) + (isBest ? "*" : " "), rank: 0 },
    ...(tellsTop5(classes)
      ? [{ title: "top-5%", width: 6, cell: ({ val }: EpochMetrics) => percentText(val.top5), rank: 6 }]
      : []),
    { title: "time", width: 7, cell: (metrics) => durationText(metrics.trainSeconds + metrics.valSeconds), rank: 2 },
  ];
  return fit(all, width);
}

/** The titles of a table of epochs. */
export function epochTitles(options: EpochTableOptions): string {
  return columnsOf(options)
    .map(({ title, width }) => title.padStart(width))
    .join(GAP)
    .trimEnd();
}

/** A row of it; the best epoch so far, by top-1 in validation, has an asterisk. */
export function epochRow(metrics: EpochMetrics, isBest: boolean, options: EpochTableOptions): string {
  return columnsOf(options)
    .map(({ cell, width }) => cell(metrics, isBest).padStart(width))
    .join(GAP)
    .trimEnd();
}

/** Three digits, at most seven characters. */
function shortNumber(value: number): string {
  if (value === 0) return "0";
  if (!Number.isFinite(value)) return String(value).replace("Infinity", "inf");
  const plain = Number(value.toPrecision(3));
  return Math.abs(plain) >= 1e-3 && Math.abs(plain) < 1e4 ? String(plain) : plain.toExponential(1);
}
