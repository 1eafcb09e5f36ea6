import { learningRate, noiseScaleOf, temperatureOf } from "../config/schedule.js";
import type { EpochMetrics, PassMetrics } from "../run/metrics-jsonl.js";
import type { Evaluation } from "./evaluate.js";
import type { MetricAccumulator } from "./metric-accumulator.js";
import { searchStatistics } from "./search-statistics.js";
import type { TrainingRun } from "./training-run.js";

/** What was measured of an epoch. */
export interface MeasuredEpoch {
  readonly train: PassMetrics;
  readonly trained: MetricAccumulator;
  readonly val: Evaluation;
  readonly valSeconds: number;
}

/** The record of an epoch, after `before`. Search statistics count what changed since they were last taken. */
export function epochMetrics(
  { network, config, batches, ranks }: Pick<TrainingRun, "network" | "config" | "batches" | "ranks">,
  before: readonly EpochMetrics[],
  { train, trained, val, valSeconds }: MeasuredEpoch,
): EpochMetrics {
  const epoch = before.length;
  const { images, skipped, skippedSteps, dataWaitSeconds, seconds: trainSeconds } = trained;
  const statistics = searchStatistics(network, temperatureOf(config, epoch));
  const communication = ranks.takeCommunication();
  return {
    epoch: epoch + 1,
    lr: learningRate(config, batches.count, epoch, 0),
    temperature: temperatureOf(config, epoch),
    noiseScale: noiseScaleOf(config, epoch),
    train,
    val: val.metrics,
    trainSeconds,
    valSeconds,
    imagesPerSecond: images / trainSeconds,
    dataWaitSeconds,
    skippedImages: skipped + val.skipped,
    skippedSteps,
    // Of all processes that the run went through.
    peakMemoryBytes: Math.max(before.at(-1)?.peakMemoryBytes ?? 0, process.resourceUsage().maxRSS * 1024),
    ...(communication !== null && { communication }),
    ...(statistics.length > 0 && { health: statistics }),
  };
}
