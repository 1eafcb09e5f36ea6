import { existsSync, realpathSync, type Stats, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { checkFolder, fileError, isSystemError } from "../system/file-error.js";
import { InputError } from "../text/errors.js";
import { JsonFields } from "../text/json-fields.js";
import { type RunConfig, readRunConfig } from "./config.js";
import { RUN_FILES } from "./directory.js";
import { type EpochMetrics, readMetrics } from "./metrics-jsonl.js";
import { readResults } from "./result-csv.js";

/** The metrics that every run has of an epoch, the original program's too; learning rate and temperature if it recorded them. */
export type EpochResult = Pick<EpochMetrics, "epoch" | "train" | "val" | "trainSeconds" | "health"> &
  Partial<Pick<EpochMetrics, "lr" | "temperature">>;

/** A run as read from its directory, finished or not. */
export interface RunRecord {
  /** The directory or the file, as given. */
  readonly path: string;
  /** The directory's name; with its parent's if it is only a time, as in `cifar10-resnet20/20261123170403`. */
  readonly name: string;
  /** `null` for a run of the original program, of which only `result.csv` is known. */
  readonly config: RunConfig | null;
  /** Ascending; empty until the first epoch is finished. */
  readonly epochs: readonly EpochResult[];
  /**
   * The size of `packed.safetensors`, or of `model.safetensors` for a float run, or as recorded by a published run;
   * else `null`.
   */
  readonly modelBytes: number | null;
}

/** Whether a directory is a run directory, of this or the original program. */
export function isRunDirectory(path: string): boolean {
  return existsSync(join(path, RUN_FILES.config)) || existsSync(join(path, RUN_FILES.result));
}

/** A run's `config.json` for messages, from the path given for the run. */
export function configPath({ path }: Pick<RunRecord, "path">): string {
  return join(basename(path) === RUN_FILES.result ? dirname(path) : path, RUN_FILES.config);
}

/** The real path of a run's directory, for which its `result.csv` may be given too. The path must exist. */
export function realRunPath(path: string): string {
  const real = realpathSync(path);
  return basename(real) === RUN_FILES.result ? dirname(real) : real;
}

/**
 * Reads a run: a run directory, a directory of the original program, which has `result.csv` and no `config.json`, or
 * such a `result.csv` itself.
 *
 * @throws InputError naming the file and what is wrong with it
 */
export function readRun(path: string): RunRecord {
  if (!status(path).isDirectory()) return readFile(path);
  if (!isRunDirectory(path)) {
    checkFolder(path, "a run directory that can be read");
    throw new InputError(
      `${path}: expected a run directory, with ${RUN_FILES.config} or ${RUN_FILES.result}, found neither in it`,
    );
  }
  return existsSync(join(path, RUN_FILES.config))
    ? readDirectory(path)
    : original(path, path, join(path, RUN_FILES.result));
}

/** The `result.csv` of a run directory of this program stands for the directory. */
function readFile(path: string): RunRecord {
  const directory = dirname(path);
  const isOurs = basename(path) === RUN_FILES.result && existsSync(join(directory, RUN_FILES.config));
  return isOurs ? { ...readDirectory(directory), path } : original(path, directory, path);
}

function readDirectory(path: string): RunRecord {
  const config = readRunConfig(join(path, RUN_FILES.config));
  const metrics = join(path, RUN_FILES.metrics);
  const result = join(path, RUN_FILES.result);
  return {
    path,
    name: runName(path),
    config,
    epochs: existsSync(metrics) ? readMetrics(metrics) : existsSync(result) ? resultEpochs(result) : [],
    modelBytes:
      sizeBytes(join(path, config.search === null ? RUN_FILES.model : RUN_FILES.packed)) ?? said(config, path),
  };
}

/** The size of a published run's model. */
function said({ settings }: RunConfig, path: string): number | null {
  const fields = new JsonFields(Object.fromEntries(settings), join(path, RUN_FILES.config));
  return fields.has("modelBytes") ? fields.orNull("modelBytes", (from) => from.integer("modelBytes", 0)) : null;
}

function original(path: string, directory: string, result: string): RunRecord {
  return { path, name: runName(directory), config: null, epochs: resultEpochs(result), modelBytes: null };
}

function resultEpochs(path: string): EpochResult[] {
  return readResults(path).map((row, index) => ({
    epoch: index + 1,
    train: { loss: row.train_loss, top1: row.train_acc1, top5: row.train_acc5 },
    val: { loss: row.val_loss, top1: row.val_acc1, top5: row.val_acc5 },
    trainSeconds: row.train_time,
  }));
}

/** The name of a run by its directory: with its parent's if it is only a time. */
export function runName(directory: string): string {
  const full = resolve(directory);
  const name = basename(full);
  return /^\d{14}(-\d+)?$/.test(name) ? join(basename(dirname(full)), name) : name;
}

function status(path: string): Stats {
  try {
    return statSync(path);
  } catch (error) {
    throw fileError(path, "a run directory or a result.csv", error);
  }
}

function sizeBytes(path: string): number | null {
  try {
    const found = statSync(path);
    return found.isFile() ? found.size : null;
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return null;
    throw fileError(path, "a file that can be read", error);
  }
}
