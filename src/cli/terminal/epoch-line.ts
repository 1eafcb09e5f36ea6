import type { PassMetrics } from "../../run/metrics-jsonl.js";
import { lossText, percentText } from "../../text/format.js";

/** Top-5 accuracy is meaningful only for more than five classes. */
export function tellsTop5(classes: number): boolean {
  return classes > 5;
}

/** Loss and accuracies of a training epoch or validation, the numbers in columns. */
export function passText({ loss, top1, top5 }: PassMetrics, classes: number): string {
  const column = (fraction: number) => `${percentText(fraction).padStart(5)}%`;
  return `loss ${lossText(loss)} top-1 ${column(top1)}${tellsTop5(classes) ? ` top-5 ${column(top5)}` : ""}`;
}

/** The number of skipped images. */
export function skippedLine(images: number): string {
  return `skipped ${images} ${images === 1 ? "image" : "images"} that could not be read`;
}

/** The number of skipped steps. */
export function skippedStepsLine(steps: number): string {
  return `skipped ${steps} ${steps === 1 ? "step" : "steps"} whose loss or gradient was not finite`;
}
