import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readSafetensors } from "../../src/formats/safetensors.js";
import { tensorsFile } from "../../src/run/checkpoint-file.js";
import { CheckpointFolder } from "../../src/run/checkpoint-folder.js";
import { readMetrics } from "../../src/run/metrics-jsonl.js";

/** A training run that faults are tried on: two epochs, small enough to be repeated. */
export interface Trial {
  readonly weights: "float" | "2-bit";
  readonly batches: number;
  /** The flags that name the data; without, the built-in images. */
  readonly data?: readonly string[];
}

const RECIPE = {
  init_lr: 0.02,
  weight_decay: 1e-4,
  momentum: 0.9,
  batch_size: 16,
  epochs: 2,
  lr_scheduler: "Cos",
  lr_step: "batch",
  init_temp: 1,
  temp_anneal_rate: 0.9,
  init_random: 0.5,
  random_anneal_rate: 0.9,
};

const NETWORKS = ["model", "best", "state", "packed"].map((name) => `${name}.safetensors`);

/** The arguments that begin the run in `workDir`: 2-bit weights are searched with noise; a checkpoint every 0.2 s. */
export function beginArgs({ weights, batches, data = [] }: Trial, workDir: string): string[] {
  mkdirSync(workDir, { recursive: true });
  const recipe = join(workDir, "recipe.json");
  writeFileSync(recipe, JSON.stringify(RECIPE));
  const search = weights === "float" ? [] : ["-q", "--quant-json", "po2-2b"];
  const size = ["--limit-batches", String(batches), "--threads", "1", "--checkpoint-minutes", String(0.2 / 60)];
  return ["train", ...data, "--train-json", recipe, ...search, ...size, "-o", workDir];
}

/** The arguments that resume a run. */
export function resumeArgs(directory: string): string[] {
  return ["train", "--resume", directory];
}

/** The run directory in a work directory that has one at most; `null` when the run has not begun. */
export function runIn(workDir: string): string | null {
  const parents = namesIn(workDir).filter((name) => name.endsWith("-resnet20"));
  const runs = parents.flatMap((parent) => namesIn(join(workDir, parent)).map((name) => join(workDir, parent, name)));
  assert.ok(runs.length <= 1, `expected one run in ${workDir}, found ${runs}`);
  return runs[0] ?? null;
}

function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).filter((name) => !name.startsWith(".")) : [];
}

/** Checks the state after a fault: every checkpoint is intact, and no partial file has a final name. */
export function checkIntact(directory: string): void {
  const { damaged } = checkpoints(directory).newest();
  assert.deepEqual(damaged, []);
  for (const name of NETWORKS.map((file) => join(directory, file)).filter(existsSync)) readSafetensors(name);
}

/**
 * Checks that two runs are bit-identical: every tensor of network and optimizer, every metric. Clocks and memory are
 * readings, which no two runs share.
 */
export function checkSame(one: string, other: string): void {
  for (const name of NETWORKS) {
    const paths = [one, other].map((directory) => join(directory, name));
    const [a = null, b = null] = paths.map((path) => (existsSync(path) ? readFileSync(path) : null));
    assert.ok(a === null ? b === null : b !== null && a.equals(b), `${paths.join(" and ")} differ`);
  }
  const tensors = [one, other].map((directory) => {
    return readFileSync(tensorsFile(newestCheckpoint(directory)));
  });
  assert.ok(tensors[0]?.equals(tensors[1] ?? Buffer.alloc(0)), "the last checkpoints differ");
  assert.deepEqual(resultsWithoutTime(other), resultsWithoutTime(one));
  assert.deepEqual(metricsWithoutReadings(other), metricsWithoutReadings(one));
}

/** The lines of result.csv as they stand there, but for the last column, train_time. */
function resultsWithoutTime(directory: string): string[] {
  const text = readFileSync(join(directory, "result.csv"), "utf8");
  return text.split("\n").map((line) => line.slice(0, line.lastIndexOf(",") + 1));
}

function metricsWithoutReadings(directory: string): object[] {
  return readMetrics(join(directory, "metrics.jsonl")).map(
    ({ epoch, lr, temperature, noiseScale, train, val, skippedImages, skippedSteps, health }) => ({
      ...{ epoch, lr, temperature, noiseScale, train, val, skippedImages, skippedSteps, health },
    }),
  );
}

/** The path of a run's newest checkpoint. */
export function newestCheckpoint(directory: string): string {
  const path = checkpoints(directory).newestPath();
  assert.ok(path, directory);
  return path;
}

function checkpoints(directory: string): CheckpointFolder {
  return new CheckpointFolder(join(directory, "checkpoints"));
}
