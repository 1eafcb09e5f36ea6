import { appendLine, readLines } from "../formats/line-file.js";
import { writeFileAtomic } from "../system/atomic-file.js";
import { found } from "../text/describe.js";
import { InputError } from "../text/errors.js";
import { jsonText } from "../text/json.js";
import { JsonFields } from "../text/json-fields.js";
import { type LayerStatistics, parseLayerStatistics } from "./layer-statistics.js";

/** Mean loss and top-1 and top-5 accuracy, fractions in [0, 1], over a training epoch or a validation. */
export interface PassMetrics {
  readonly loss: number;
  readonly top1: number;
  readonly top5: number;
}

/** Cost of gradient reduction in an epoch, measured by this process since the epoch began or was resumed. */
export interface Communication {
  readonly processes: number;
  /** Number of steps counted. */
  readonly steps: number;
  /** Bytes of gradients reduced. */
  readonly bytes: number;
  /** Time in which at least one reduction was pending. */
  readonly seconds: number;
  /** The part of it after the backward pass, which overlaps with no computation. */
  readonly waitSeconds: number;
}

/** The metrics of one epoch. Any number but `epoch` may be NaN or infinite: a diverged run is a result too. */
export interface EpochMetrics {
  /** Counted from 1. */
  readonly epoch: number;
  /** The learning rate at the epoch's first step. */
  readonly lr: number;
  /** The search's temperature t. */
  readonly temperature: number;
  /** The search's noise scale s, 0 without noise. */
  readonly noiseScale: number;
  readonly train: PassMetrics;
  readonly val: PassMetrics;
  readonly trainSeconds: number;
  readonly valSeconds: number;
  /** Training images per second of `trainSeconds`. */
  readonly imagesPerSecond: number;
  /** The part of `trainSeconds` in which the step waited for its batch. */
  readonly dataWaitSeconds: number;
  /** Unreadable images, in training and validation, that were skipped. */
  readonly skippedImages: number;
  /** Training steps skipped because loss or gradient was not finite (`--on-nan`). */
  readonly skippedSteps: number;
  /** Peak memory of the process so far. */
  readonly peakMemoryBytes: number;
  /** Only of distributed runs. */
  readonly communication?: Communication;
  /** Only of a search: the statistics of each searched layer, in the network's order. */
  readonly health?: readonly LayerStatistics[];
}

/**
 * Appends one epoch to `metrics.jsonl` as a JSON object on one line, keys as in `EpochMetrics`. NaN and infinities,
 * which JSON lacks, become the strings "NaN", "Infinity", "-Infinity". Throws InputError if the file cannot be written.
 */
export function appendMetrics(path: string, metrics: EpochMetrics): void {
  appendLine(path, jsonText(metrics));
}

/** Atomically replaces the file by these epochs. Throws InputError if it cannot be written. */
export function writeMetrics(path: string, epochs: readonly EpochMetrics[]): void {
  writeFileAtomic(path, [Buffer.from(epochs.map((epoch) => `${jsonText(epoch)}\n`).join(""))]);
}

/**
 * Reads `metrics.jsonl`, epochs ascending. A last line without its newline was cut off by a crash and is left out. A
 * resumed run repeats some epochs: a line replaces earlier ones of its own and of later epochs. Unknown keys are
 * ignored.
 *
 * @throws InputError naming the file, line and key if it is not such a file
 */
export function readMetrics(path: string): EpochMetrics[] {
  const epochs: EpochMetrics[] = [];
  readLines(path).forEach((line, index) => {
    const metrics = parseEpoch(line, `${path}: line ${index + 1}`);
    while ((epochs.at(-1)?.epoch ?? 0) >= metrics.epoch) epochs.pop();
    if (metrics.epoch !== epochs.length + 1) {
      throw new InputError(
        `${path}: line ${index + 1}: epoch: expected at most ${epochs.length + 1}, the one after those before, found ${metrics.epoch}`,
      );
    }
    epochs.push(metrics);
  });
  return epochs;
}

function parseEpoch(line: string, where: string): EpochMetrics {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    throw new InputError(`${where}: expected a JSON object, found ${found(line)}`);
  }
  return epochMetrics(new JsonFields(parsed, where));
}

/** Parses the metrics of an epoch. Throws InputError naming the key. */
export function epochMetrics(fields: JsonFields): EpochMetrics {
  return {
    epoch: fields.integer("epoch", 1),
    lr: fields.nonNegative("lr"),
    temperature: fields.nonNegative("temperature"),
    noiseScale: fields.nonNegative("noiseScale"),
    train: parsePass(fields.object("train")),
    val: parsePass(fields.object("val")),
    trainSeconds: fields.nonNegative("trainSeconds"),
    valSeconds: fields.nonNegative("valSeconds"),
    imagesPerSecond: fields.nonNegative("imagesPerSecond"),
    dataWaitSeconds: fields.nonNegative("dataWaitSeconds"),
    // Runs before this was counted could not skip any.
    skippedImages: fields.has("skippedImages") ? fields.nonNegative("skippedImages") : 0,
    skippedSteps: fields.has("skippedSteps") ? fields.nonNegative("skippedSteps") : 0,
    peakMemoryBytes: fields.nonNegative("peakMemoryBytes"),
    ...(fields.has("communication") && { communication: parseCommunication(fields.object("communication")) }),
    ...(fields.has("health") && { health: parseLayerStatistics(fields.list("health"), `${fields.where}: health`) }),
  };
}

function parseCommunication(fields: JsonFields): Communication {
  return {
    processes: fields.integer("processes", 1),
    steps: fields.integer("steps", 0),
    bytes: fields.nonNegative("bytes"),
    seconds: fields.nonNegative("seconds"),
    waitSeconds: fields.nonNegative("waitSeconds"),
  };
}

function parsePass(fields: JsonFields): PassMetrics {
  return { loss: fields.number("loss"), top1: fields.fraction("top1"), top5: fields.fraction("top5") };
}
