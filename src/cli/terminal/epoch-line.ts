import type { EpochMetrics, PassMetrics } from "../../run/metrics-jsonl.js";
import { percentText } from "../../text/format.js";

/** Top-5 accuracy is meaningful only for more than five classes. */
export function tellsTop5(classes: number): boolean {
  return classes > 5;
}

/** Loss and accuracies of a training epoch or validation, the numbers in columns. */
export function passText({ loss, top1, top5 }: PassMetrics, classes: number): string {
  const column = (fraction: number) => `${percentText(fraction).padStart(5)}%`;
  const lossText = loss < 1000 ? loss.toFixed(4) : loss.toExponential(3);
  return `loss ${lossText} top-1 ${column(top1)}${tellsTop5(classes) ? ` top-5 ${column(top5)}` : ""}`;
}

/** The properties of a run that an epoch's line needs. */
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

/** The number of skipped images. */
export function skippedLine(images: number): string {
  return `skipped ${images} ${images === 1 ? "image" : "images"} that could not be read`;
}

/** The number of skipped steps. */
export function skippedStepsLine(steps: number): string {
  return `skipped ${steps} ${steps === 1 ? "step" : "steps"} whose loss or gradient was not finite`;
}
