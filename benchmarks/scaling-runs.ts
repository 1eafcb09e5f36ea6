import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { RUN_FILES } from "../src/run/directory.js";
import { findRuns } from "../src/run/find-runs.js";
import { type Communication, type EpochMetrics, readMetrics } from "../src/run/metrics-jsonl.js";
import { packageRoot } from "../src/system/package-root.js";

const PROGRAM = join(packageRoot(), "bin", "weight-search.mjs");

/** A short training on the built-in images. */
export interface RunSettings {
  readonly arch: string;
  /** Images of a step that each process takes. */
  readonly batchPerProcess: number;
  /** Threads of each process. */
  readonly threads: number;
  /** Steps of an epoch. */
  readonly batches: number;
  /** The first epoch warms up where there is a second. */
  readonly epochs: number;
  /** A value set in json/quantization; `null` for float weights. */
  readonly values: string | null;
}

/** The metrics of a training's last epoch. */
export interface RunFigures {
  readonly imagesPerSecond: number;
  /** `null` of one process. */
  readonly communication: Communication | null;
}

/**
 * Trains in several processes, started by `weight-search train` itself, and returns the metrics of its metrics.jsonl.
 */
export async function trainingRun(settings: RunSettings, processes: number): Promise<RunFigures> {
  const { arch, batchPerProcess, threads, batches, epochs, values } = settings;
  const workDir = mkdtempSync(join(tmpdir(), "weight-search-scaling-"));
  const size = ["--batch-size", String(batchPerProcess * processes), "--limit-batches", String(batches)];
  const how = ["--epochs", String(epochs), "--threads", String(threads), "--nproc-per-node", String(processes)];
  const search = values === null ? [] : ["--quantize-network", "--quant-json", values];
  const args = ["train", "-d", "synthetic", "-a", arch, ...size, ...how, ...search, "-o", workDir];
  try {
    const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ["ignore", "ignore", "pipe"] });
    const [complaint, [code]] = await Promise.all([text(child.stderr), once(child, "exit")]);
    if (code !== 0) throw new Error(`weight-search ${args.join(" ")}: ended with ${code}: ${complaint}`);
    const [run = ""] = findRuns([workDir]);
    const last: EpochMetrics | undefined = readMetrics(join(run, RUN_FILES.metrics)).at(-1);
    if (last === undefined) throw new Error(`weight-search ${args.join(" ")}: wrote no metrics`);
    return { imagesPerSecond: last.imagesPerSecond, communication: last.communication ?? null };
  } finally {
    rmSync(workDir, { recursive: true });
  }
}

/** Trains in one process several times at once: processes that share the machine's memory, and nothing else. */
export async function runsApart(settings: RunSettings, count: number): Promise<RunFigures> {
  const runs = await Promise.all(Array.from({ length: count }, () => trainingRun(settings, 1)));
  return { imagesPerSecond: runs.reduce((sum, run) => sum + run.imagesPerSecond, 0), communication: null };
}
