import { setImmediate } from "node:timers/promises";
import { learningRate } from "../config/schedule.js";
import { bestEpoch } from "../run/best-epoch.js";
import type { RunProgress } from "../run/progress.js";
import { full } from "../tensor/create.js";
import { crossEntropy } from "../tensor/loss.js";
import { scope, type Tensor } from "../tensor/tensor.js";
import { accumulationPlace } from "./accumulation.js";
import { calibrateBatchNorms } from "./bn-calibration.js";
import { checkFinite, checkSameOnAllRanks } from "./checkpoint.js";
import { clipGradients } from "./clip-gradients.js";
import { drawWeights, type StepPlace } from "./draw-weights.js";
import { checkProgress, type TrainingBatch } from "./epoch-batches.js";
import { epochMetrics } from "./epoch-metrics.js";
import { type Evaluation, evaluate, StoppedError } from "./evaluate.js";
import { inPrecision } from "./execution.js";
import { MetricAccumulator } from "./metric-accumulator.js";
import { rememberChoices } from "./search-statistics.js";
import type { TrainingRun } from "./training-run.js";

/**
 * Trains a network as its config says and evaluates it after each epoch with hard weights. A step follows from the
 * network, its momenta and the step's place alone, so a resumed run computes what an uninterrupted one does.
 * @returns whether the run finished or was stopped before
 * @throws DivergedError when a training loss is NaN or infinite and the divergence policy does not recover from it
 */
export async function trainLoop(run: TrainingRun): Promise<"finished" | "stopped"> {
  const { config, ranks, divergence, checkpoints, loggers } = run;
  let progress = run.start;
  checkProgress(progress, config.epochs, run.batches.count);
  checkSameOnAllRanks(run, ranks.group, "at the start");
  while (!isOver(run, progress)) {
    // Also where a run went back to its beginning.
    if (progress.epochs.length === 0 && progress.pass === null) rememberChoices(run.network);
    try {
      const trained = await trainEpoch(run, progress);
      if (trained === null) return "stopped";
      // Throws where no image could be read, before anything else is done.
      const train = trained.metrics;
      const started = performance.now();
      const val = await withMeans(run, () => validate(run, progress.epochs.length));
      if (val === null) {
        save(run, { ...progress, pass: trained.sums });
        return "stopped";
      }
      const measured = { train, trained, val, valSeconds: (performance.now() - started) / 1000 };
      const metrics = epochMetrics(run, progress.epochs, measured);
      progress = { epochs: [...progress.epochs, metrics], pass: null, leftOut: progress.leftOut };
      checkSameOnAllRanks(run, ranks.group, `after epoch ${metrics.epoch}`);
      save(run, progress);
      await withMeans(run, () => loggers.epoch(metrics));
      if (ranks.agreeToStop() && !isOver(run, progress)) return "stopped";
    } catch (error) {
      progress = divergence.recover(error, progress, checkpoints);
    }
  }
  return "finished";
}

/** Whether all epochs are done, or as many without a better validation as the run has patience for. */
function isOver({ config, patience }: TrainingRun, { epochs }: RunProgress): boolean {
  return (
    epochs.length >= config.epochs || (patience !== null && epochs.length - (bestEpoch(epochs)?.epoch ?? 0) >= patience)
  );
}

/** Runs `body` with the running means in place of what is trained, if there are any. */
function withMeans<Result>({ ema }: TrainingRun, body: () => Result | Promise<Result>): Result | Promise<Result> {
  return ema ? ema.during(body) : body();
}

/** Trains on the epoch's batches, from `progress` on; `null` after a stop request and a checkpoint. */
async function trainEpoch(run: TrainingRun, progress: RunProgress): Promise<MetricAccumulator | null> {
  const { batches, ranks, divergence, execution, loggers } = run;
  const epoch = progress.epochs.length;
  const metrics = new MetricAccumulator(
    { pass: "train", epoch: epoch + 1, batches: batches.count },
    execution,
    progress.pass,
  );
  const stream = batches.open(epoch, progress.pass?.batch ?? 0);
  try {
    for (let batch = progress.pass?.batch ?? 0; batch < batches.count; batch++) {
      const next = await metrics.waitFor(stream.next());
      if (next === null) break;
      metrics.skip(next.skipped, next.images === 0);
      const accumulation = accumulationPlace(batch, batches.count, run.config.optim.accumulate);
      // An empty batch is done with, left out or not.
      if (next.images > 0) {
        const place = { epoch, batch, batches: batches.count, accumulation };
        if (divergence.isLeftOut(progress, place)) metrics.skipStep();
        else divergence.check(place, trainStep(run, place, next, metrics));
        loggers.step(metrics.progress);
      }
      // Lets output and messages of workers be handled: the step itself blocks the process.
      await setImmediate();
      // Gradients of a step that is not whole are in no checkpoint.
      if (!accumulation.isLast) continue;
      const stop = ranks.isStopRequested;
      if (ranks.takeCheckpointDue() || stop) save(run, { ...progress, pass: metrics.sums });
      if (stop) return null;
    }
    const rest = metrics.finish();
    if (rest !== null) divergence.check({ epoch, batch: batches.count - 1, batches: batches.count }, rest);
    return metrics;
  } finally {
    stream.close();
    metrics.finish();
  }
}

/**
 * Takes a step: draws the searched weights, forward, loss, backward, sums over all ranks, and the optimizer once
 * the batches of the step are done. The loss is the mean
 * over all ranks' images, so each rank's mean counts by its share of them, and gradients add up.
 * @returns the loss; `null` where a device keeps it for now. Nothing was stepped with where it is not finite.
 */
function trainStep(
  run: TrainingRun,
  place: StepPlace,
  batch: TrainingBatch,
  metrics: MetricAccumulator,
): number | null {
  const {
    network,
    optimizer,
    ema,
    config,
    execution,
    ranks,
    divergence,
    distillation,
    mixing,
    loss: lossOf = crossEntropy,
  } = run;
  const { accumulate, clipNorm } = config.optim;
  return scope(() => {
    const plain = metrics.timeWait(() => batch.prepared.tensors());
    const { images, target, labels } = mixing?.mix(place, plain) ?? { ...plain, target: plain.labels };
    divergence.beforeStep();
    if (accumulate > 1 && place.accumulation.isFirst) optimizer.clearGradients();
    const mode = drawWeights(run, place, images);
    const { logits, loss } = inPrecision(execution, () => {
      const output = network.forward(images, mode);
      const loss = lossOf(output, target, config);
      return { logits: output, loss: distillation?.blend(loss, output, images) ?? loss };
    });
    // What the step measured travels while the backward pass computes.
    const pending = ranks.startExchange(metrics.measure(logits, labels, loss));
    if (!isKnownToDiverge(pending.early)) {
      if (accumulate === 1) optimizer.clearGradients();
      ranks.backward(loss, shareOfLoss(loss, batch, place.accumulation.size));
    }
    const sums = pending.finish();
    const verdict = divergence.judge(sums === null ? null : sums.loss / sums.images);
    if (verdict.isRejected) {
      metrics.skipStep();
      return verdict.loss;
    }
    if (place.accumulation.isLast) {
      if (clipNorm !== null) clipGradients(network, clipNorm);
      optimizer.step(learningRate(config, place.batches, place.epoch, place.accumulation.first));
      ema?.update();
    }
    return metrics.add(sums);
  });
}

/** A loss that is known not to be finite is not worth a backward pass; the gradients stay those of the last step. */
function isKnownToDiverge(early: { readonly loss: number } | null): boolean {
  return early !== null && !Number.isFinite(early.loss);
}

/** The gradient of the mean over all ranks' images, and over the batches of the step, by this rank's mean. */
function shareOfLoss({ device }: Tensor, { prepared, images }: TrainingBatch, batches: number): Tensor {
  const share = full([], prepared.count / images / batches);
  share.moveTo(device);
  return share;
}

/** Recalibrates batch statistics if configured, and validates; `null` after a stop request. */
async function validate(run: TrainingRun, epoch: number): Promise<Evaluation | null> {
  const { network, val, limitBatches, execution, loggers, ranks, bnCalibration, loss } = run;
  if (bnCalibration > 0 && !(await calibrateBatchNorms(run, epoch, bnCalibration))) return null;
  try {
    return await evaluate(network, val, {
      epoch: epoch + 1,
      limitBatches,
      ...(loss !== undefined && { loss }),
      execution,
      loggers,
      group: ranks.group,
      stop: ranks,
    });
  } catch (error) {
    if (error instanceof StoppedError) return null;
    throw error;
  }
}

/** Takes a checkpoint of a network that is finite: any other would be useless, and would take a good one's place. */
function save(run: TrainingRun, progress: RunProgress): void {
  checkFinite(run, progress, run.batches.count);
  run.checkpoints.write(progress);
}
