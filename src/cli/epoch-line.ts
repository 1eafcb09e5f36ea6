import type { EpochMetrics, PassMetrics } from "../run/metrics-jsonl.js";

/** A fraction as a person reads it: "42.80 %". */
export function percent(fraction: number): string {
  return `${(fraction * 100).toFixed(2)} %`;
}

function passText({ loss, top1, top5 }: PassMetrics): string {
  return `loss ${loss.toFixed(4)}  top-1 ${percent(top1).padStart(8)}  top-5 ${percent(top5).padStart(8)}`;
}

/** One line for one epoch. */
export function epochLine(metrics: EpochMetrics, epochs: number, searched: boolean): string {
  const { epoch, lr, temperature, noiseScale, train, val, trainSeconds, valSeconds } = metrics;
  const parts = [
    `epoch ${String(epoch).padStart(String(epochs).length)}/${epochs}`,
    `lr ${lr.toPrecision(4)}`,
    ...(searched ? [`temperature ${temperature.toPrecision(4)}`] : []),
    ...(noiseScale > 0 ? [`noise ${noiseScale.toPrecision(4)}`] : []),
    `train ${passText(train)}`,
    `val ${passText(val)}`,
    `${(trainSeconds + valSeconds).toFixed(1)} s`,
  ];
  return parts.join(" | ");
}
