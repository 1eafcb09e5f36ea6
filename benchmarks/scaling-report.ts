import type { Link, SumTime } from "./all-reduce-model.js";
import type { Traffic } from "./network-traffic.js";
import type { RunFigures } from "./scaling-runs.js";
import { type Summary, summarize } from "./statistics.js";
import { formatTable } from "./table.js";

/** A way to use the machine, and what was measured of it in every round. */
export interface MeasuredRuns {
  readonly name: string;
  readonly processes: number;
  readonly runs: readonly RunFigures[];
}

/** Images a second of each way, and of how many times the first one's that is what all its processes would give. */
export function throughputTable(measured: readonly MeasuredRuns[]): string {
  const perProcess = measured[0] ? summaryOf(measured[0]).median / measured[0].processes : Number.NaN;
  const rows = measured.map((one) => {
    const { median, firstQuartile, thirdQuartile } = summaryOf(one);
    return [
      one.name,
      median.toFixed(1),
      `${firstQuartile.toFixed(1)}–${thirdQuartile.toFixed(1)}`,
      (median / perProcess).toFixed(2),
      `${((100 * median) / (perProcess * one.processes)).toFixed(0)} %`,
    ];
  });
  return formatTable([["", "images/s, median", "quartiles", "times one", "of all"], ...rows]);
}

/** What a step sent, and how much of that the backward pass hid. */
export function communicationTable(measured: readonly MeasuredRuns[]): string {
  const rows = measured.flatMap(({ name, runs }) => {
    const steps = runs.flatMap(({ communication }) =>
      communication === null
        ? []
        : [
            {
              bytes: communication.bytes / communication.steps,
              seconds: communication.seconds / communication.steps,
              waited: communication.waitSeconds / communication.steps,
            },
          ],
    );
    if (steps.length === 0) return [];
    const bytes = summarize(steps.map((step) => step.bytes));
    const seconds = summarize(steps.map((step) => step.seconds));
    const waited = summarize(steps.map((step) => step.waited));
    const hidden = summarize(steps.map((step) => 1 - step.waited / step.seconds));
    return [
      [
        name,
        bytes.median.toFixed(0),
        milliseconds(seconds),
        milliseconds(waited),
        `${(100 * hidden.median).toFixed(0)} % (${(100 * hidden.firstQuartile).toFixed(0)}–${(100 * hidden.thirdQuartile).toFixed(0)})`,
      ],
    ];
  });
  return formatTable([["a step", "gradient bytes", "summing ms", "waiting ms", "hidden"], ...rows]);
}

/** Bytes of gradients that a step sums, as counted in a run, beside what the network's tensors say. */
export function bytesTable(
  counted: readonly {
    readonly name: string;
    readonly values: number;
    readonly bytes: number;
    readonly traffic: Traffic;
  }[],
): string {
  const rows = counted.map(({ name, values, bytes, traffic }) => [
    name,
    values === 0 ? "" : String(values),
    bytes.toFixed(0),
    String(traffic.gradientBytes),
    `${traffic.searchedWeights} + ${traffic.otherParameters}`,
    String(traffic.logitGradientBytes),
  ]);
  const head = ["", "K", "bytes a step", "4 × weights", "searched + others", "if logits' were sent"];
  return formatTable([head, ...rows]);
}

/** The median of each size beside what the fit says. */
export function sumsTable(times: readonly (SumTime & { readonly summary: Summary })[], link: Link): string {
  const rows = times.map(({ bytes, summary }) => {
    const { median, firstQuartile, thirdQuartile } = summary;
    const micro = (seconds: number) => (1e6 * seconds).toFixed(0);
    const fit = link.alphaSeconds + bytes / link.bytesPerSecond;
    return [
      bytes < 1024 * 1024 ? `${bytes / 1024} KiB` : `${bytes / 1024 / 1024} MiB`,
      micro(median),
      `${micro(firstQuartile)}–${micro(thirdQuartile)}`,
      micro(fit),
      (bytes / median / 1e9).toFixed(2),
    ];
  });
  return formatTable([["sum of", "median µs", "quartiles µs", "fit µs", "GB/s"], ...rows]);
}

function summaryOf({ runs }: MeasuredRuns): Summary {
  return summarize(runs.map(({ imagesPerSecond }) => imagesPerSecond));
}

function milliseconds({ median, firstQuartile, thirdQuartile }: Summary): string {
  const ms = (seconds: number) => (1000 * seconds).toFixed(1);
  return `${ms(median)} (${ms(firstQuartile)}–${ms(thirdQuartile)})`;
}
