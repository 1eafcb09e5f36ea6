import type { EpochMetrics, PassMetrics } from "../../run/metrics-jsonl.js";
import { percentText } from "../../text/format.js";

/** Top-5 accuracy says something only where there are more classes than five. */
export function tellsTop5(classes: number): boolean {
  return classes > 5;
}

/** Loss and accuracies of a pass over data of so many classes, the numbers in columns. */
export function passText({ loss, top1, top5 }: PassMetrics, classes: number): string {
  const column = (fraction: number) => `${percentText(fraction).padStart(5)}%`;
  const lossText = loss < 1000 ? loss.toFixed(4) : loss.toExponential(3);
  return `loss ${lossText} top-1 ${column(top1)}${tellsTop5(classes) ? ` top-5 ${column(top5)}` : ""}`;
}

/** What an epoch's line needs to know of its run. */
export interface EpochLineOptions {
  readonly epochs: number;
  readonly searched: boolean;
  readonly classes: number;
}

/** One line for one epoch, short enough for a terminal of 130 columns. */
export function epochLine(metrics: EpochMetrics, { epochs, searched, classes }: EpochLineOptions): string {
  const { epoch, lr, temperature, noiseScale, train, val, trainSeconds, valSeconds } = metrics;
  const parts = [
    `epoch ${String(epoch).padStart(String(epochs).length)}/${epochs}`,
    `lr ${lr.toPrecision(4)}`,
    ...(searched ? [`temp ${temperature.toPrecision(4)}`] : []),
    ...(searched && noiseScale > 0 ? [`noise ${noiseScale.toPrecision(4)}`] : []),
    `train ${passText(train, classes)}`,
    `val ${passText(val, classes)}`,
    `${(trainSeconds + valSeconds).toFixed(1)} s`,
  ];
  return parts.join(" | ");
}

/** How many images a pass left out. */
export function skippedLine(images: number): string {
  return `skipped ${images} ${images === 1 ? "image" : "images"} that could not be read`;
}

/** How many steps were not taken. */
export function skippedStepsLine(steps: number): string {
  return `skipped ${steps} ${steps === 1 ? "step" : "steps"} whose loss or gradient was not finite`;
}
