import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type RunConfig, readRunConfig } from "../../src/run/config.js";
import { RUN_FILES } from "../../src/run/directory.js";
import { findRuns } from "../../src/run/find-runs.js";
import { type ResultRow, readResults } from "../../src/run/result-csv.js";
import { InputError } from "../../src/text/errors.js";
import { ROOT } from "../support/command.js";

/** How often a run's `result.csv` is looked for, milliseconds. */
const POLL_MS = 200;

/** The first epoch of a run, and what it was trained as. */
export interface FirstEpoch {
  readonly row: ResultRow;
  readonly config: RunConfig;
}

/**
 * Runs `weight-search` with these arguments, in a separate work directory that is removed, until its first epoch is
 * over; then it is stopped by SIGTERM. Throws an Error with what it said when it ends without one.
 */
export async function firstEpoch(args: readonly string[]): Promise<FirstEpoch> {
  const workDir = mkdtempSync(join(tmpdir(), "weight-search-reproduce-"));
  const child = spawn(process.execPath, [`${ROOT}/bin/weight-search.mjs`, ...args, "-o", workDir], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = once(child, "close");
  const stopAll = passOnSignals(child);
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-10_000);
  });
  try {
    for (;;) {
      // Asked before looking: a run that ends in between has written its row by then.
      const isOver = child.exitCode !== null || child.signalCode !== null;
      const found = lookFor(workDir);
      if (found !== null) return found;
      if (isOver) throw new Error(`ended before its first epoch: ${said.trim().split("\n").at(-1) || "nothing said"}`);
      await Promise.race([sleep(POLL_MS), ended]);
    }
  } finally {
    stopAll();
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
    await ended;
    rmSync(workDir, { recursive: true, force: true });
  }
}

/** `null` until the row is there: before, a file may be missing or incomplete. */
function lookFor(workDir: string): FirstEpoch | null {
  try {
    const [run = ""] = findRuns([workDir]);
    const [row] = readResults(join(run, RUN_FILES.result));
    return row === undefined ? null : { row, config: readRunConfig(join(run, RUN_FILES.config)) };
  } catch (error) {
    if (error instanceof InputError) return null;
    throw error;
  }
}

/** A signal that ends this process ends the run too. Returns what undoes it. */
function passOnSignals(child: ChildProcess): () => void {
  const interrupt = () => end("SIGINT");
  const terminate = () => end("SIGTERM");
  const end = (signal: NodeJS.Signals) => {
    child.kill(signal);
    process.exit(1);
  };
  process.on("SIGINT", interrupt).on("SIGTERM", terminate);
  return () => process.off("SIGINT", interrupt).off("SIGTERM", terminate);
}
