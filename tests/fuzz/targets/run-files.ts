import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { comparison } from "../../../src/plots/figure.js";
import { healthFigure } from "../../../src/plots/statistics-figure.js";
import { csvRecords, jsonRecords } from "../../../src/report/report-records.js";
import { reportRows } from "../../../src/report/report-rows.js";
import { readRunConfig } from "../../../src/run/config.js";
import { RUN_FILES } from "../../../src/run/directory.js";
import { findRuns } from "../../../src/run/find-runs.js";
import { appendMetrics, readMetrics } from "../../../src/run/metrics-jsonl.js";
import { readRun } from "../../../src/run/read-run.js";
import { appendResult, type ResultRow, readResults } from "../../../src/run/result-csv.js";
import { writeFakeRun } from "../../support/fake-run.js";
import type { Draw } from "../draw.js";
import { NUMBER_TEXTS } from "../hostile-values.js";
import { type Mutator, mutateBytes } from "../mutate-bytes.js";
import { mutateJson } from "../mutate-json.js";
import type { Target } from "../target.js";
import { feedFile } from "./feed-file.js";

type RunFile = "config" | "result" | "metrics";

/** The files of a searched and of a float run, three epochs each. */
function runFiles(file: RunFile): Uint8Array[] {
  const folder = mkdtempSync(join(tmpdir(), "weight-search-seed-"));
  try {
    return [[-1, 1], null].map((values, index) => {
      const run = writeFakeRun(join(folder, String(index)), { valTop1: [0.5, 0.75, 0.625], values, healthLayers: 2 });
      return readFileSync(join(run, RUN_FILES[file]));
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Changes one line by `mutator`, or the order or number of lines. */
function inLines(mutator: Mutator): Mutator {
  return (input, draw, other) => {
    const lines = Buffer.from(input).toString("latin1").split("\n");
    const at = draw.below(lines.length);
    const line = lines[at] ?? "";
    const way = draw.below(20);
    if (way < 2) lines.splice(at, 1);
    else if (way < 4) lines[at] = copies(line, draw).join("\n");
    else if (way === 4) lines.reverse();
    else lines[at] = Buffer.from(mutator(Buffer.from(line, "latin1"), draw, other)).toString("latin1");
    return Buffer.from(lines.join(draw.chance(0.1) ? "\r\n" : "\n"), "latin1");
  };
}

function copies(line: string, draw: Draw): string[] {
  const most = draw.chance(0.1) ? 500_000 : 2000;
  return Array.from({ length: draw.length(Math.max(1, Math.floor(most / (line.length + 1)))) }, () => line);
}

/** Puts a number in place of one of a row. */
const mutateField: Mutator = (input, draw) => {
  const fields = Buffer.from(input).toString("latin1").split(",");
  const at = draw.below(fields.length);
  const digits = draw.chance(0.1) ? "1".repeat(draw.length(200_000)) : draw.pick(NUMBER_TEXTS);
  fields[at] = draw.chance(0.1) ? `${digits}x` : digits;
  return Buffer.from(fields.join(","));
};

const csvMutators = [mutateBytes, inLines(mutateField), inLines(mutateField)];
const jsonlMutators = [mutateBytes, inLines(mutateJson), inLines(mutateJson)];

export const runConfig: Target = {
  name: "run-config",
  mutators: [mutateBytes, mutateJson, mutateJson],
  seeds: () => runFiles("config"),
  prepare: (folder) =>
    feedFile(folder, "config.json", (path) => {
      const { epochs, seed, search } = readRunConfig(path);
      assert.ok(Number.isSafeInteger(epochs) && epochs >= 1 && Number.isSafeInteger(seed) && seed >= 0);
      assert.ok(search === null || search.values.every(Number.isFinite));
    }),
};

export const resultCsv: Target = {
  name: "result-csv",
  mutators: csvMutators,
  seeds: () => runFiles("result"),
  prepare: (folder) =>
    feedFile(folder, "result.csv", (path) => {
      const rows = readResults(path);
      const copy = join(folder, "copy.csv");
      rmSync(copy, { force: true });
      for (const row of rows.slice(0, 100)) appendResult(copy, row);
      if (rows.length > 0) assert.deepEqual(readResults(copy), rows.slice(0, 100).map(withoutMinusZero));
    }),
};

/** A zero below 0 is printed as 0. */
function withoutMinusZero(row: ResultRow): Record<string, number> {
  return Object.fromEntries(Object.entries(row).map(([column, value]) => [column, value + 0]));
}

export const metricsJsonl: Target = {
  name: "metrics-jsonl",
  mutators: jsonlMutators,
  seeds: () => runFiles("metrics"),
  prepare: (folder) =>
    feedFile(folder, "metrics.jsonl", (path) => {
      const epochs = readMetrics(path);
      assert.ok(epochs.every(({ epoch }, index) => epoch > (epochs[index - 1]?.epoch ?? 0)));
      const copy = join(folder, "copy.jsonl");
      rmSync(copy, { force: true });
      for (const epoch of epochs.slice(0, 100)) appendMetrics(copy, epoch);
      // As text, in which a zero below 0 is 0.
      if (epochs.length > 0) assert.equal(JSON.stringify(readMetrics(copy)), JSON.stringify(epochs.slice(0, 100)));
    }),
};

const FILES: readonly RunFile[] = ["config", "result", "metrics"];

/**
 * A run directory, one file of which is the input: the first byte says which. What is read of it is found, reported and
 * drawn, as `weight-search report` and `plot` do.
 */
export const runDirectory: Target = {
  name: "run-directory",
  mutators: [afterFirst(mutateBytes), afterFirst(mutateByKind), afterFirst(mutateByKind)],
  seeds: () =>
    FILES.flatMap((file, number) => runFiles(file).map((bytes) => Buffer.concat([Uint8Array.of(number), bytes]))),
  prepare: (folder) => {
    const good = writeFakeRun(join(folder, "good"), { valTop1: [0.5, 0.75, 0.625], healthLayers: 2 });
    const run = join(folder, "results", "cifar10-resnet20", "20261124000000");
    mkdirSync(run, { recursive: true });
    return (input) => {
      const damaged = FILES[(input[0] ?? 0) % FILES.length] ?? "config";
      for (const file of FILES) copyFileSync(join(good, RUN_FILES[file]), join(run, RUN_FILES[file]));
      writeFileSync(join(run, RUN_FILES[damaged]), input.subarray(1));
      // Without them, result.csv is what is read.
      if (damaged === "result") rmSync(join(run, RUN_FILES.metrics));
      const runs = findRuns([join(folder, "results")]).map(readRun);
      const rows = [...reportRows(runs, false), ...reportRows(runs, true)];
      assert.equal(JSON.parse(jsonRecords(rows)).length, 2);
      assert.ok(csvRecords(rows).startsWith("arch,"));
      for (const logLoss of [false, true]) {
        const svg = comparison(runs, { metric: "error", best: logLoss, logLoss, schedule: logLoss, theme: "light" });
        assert.ok(!/NaN|Infinity/.test(svg), "a figure with NaN or Infinity in it");
      }
      if (!runs.some(({ epochs }) => epochs.some(({ health }) => health !== undefined))) return;
      const svg = healthFigure(runs, "t", "light");
      assert.ok(!/NaN|Infinity/.test(svg), "a figure of health with NaN or Infinity in it");
    };
  },
};

/** Keeps the first byte, which says what kind of file follows. */
function afterFirst(mutator: Mutator): Mutator {
  return (input, draw, other) =>
    Buffer.concat([input.subarray(0, 1), mutator(input.subarray(1), draw, other.subarray(1))]);
}

function mutateByKind(input: Uint8Array, draw: Draw, other: Uint8Array): Uint8Array {
  const text = Buffer.from(input.subarray(0, 20)).toString("latin1");
  if (text.startsWith("train_loss")) return inLines(mutateField)(input, draw, other);
  return text.startsWith("{\n") ? mutateJson(input, draw, other) : inLines(mutateJson)(input, draw, other);
}
