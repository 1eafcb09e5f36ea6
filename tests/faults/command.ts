import assert from "node:assert/strict";
import { type SpawnOptionsWithoutStdio, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { ROOT } from "../support/command.js";

/** How a command ended. */
export interface Ended {
  /** `null` when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Until its first line of output, which a run prints before its first step; `null` when there was none. */
  readonly firstLineMs: number | null;
  /** Until its end. */
  readonly wholeMs: number;
}

/** A `weight-search` that runs beside this process. */
export interface Running {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  kill(signal: NodeJS.Signals): void;
  /**
   * Waits until it has printed something like that, on standard output or standard error. Throws when it ended before.
   */
  printed(pattern: RegExp): Promise<void>;
}

/** Options of a command that differ from this process's own. */
export type ProcessOptions = Pick<SpawnOptionsWithoutStdio, "cwd" | "uid" | "gid" | "env">;

/** The command, for Node. */
export const MAIN = `${ROOT}/bin/weight-search.mjs`;

export function startWeightSearch(args: readonly string[], options: ProcessOptions = {}): Running {
  return startProgram(process.execPath, [MAIN, ...args], options);
}

/** Runs a line that calls `weight-search` through a shell, which splits it into arguments. */
export function startLine(line: string, options: ProcessOptions = {}): Running {
  const program = `weight-search() { exec ${[process.execPath, MAIN].map((word) => `'${word}'`).join(" ")} "$@"; }`;
  return startProgram("bash", ["-c", `${program}\n${line}`], options);
}

/** Runs any program. */
export function startProgram(program: string, args: readonly string[], options: ProcessOptions = {}): Running {
  const child = spawn(program, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  const begun = performance.now();
  const output: { stdout: string; stderr: string; firstLineMs: number | null } = {
    stdout: "",
    stderr: "",
    firstLineMs: null,
  };
  child.stdout.setEncoding("utf8").on("data", (text) => {
    output.firstLineMs ??= performance.now() - begun;
    output.stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => (output.stderr += text));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, ...output, wholeMs: performance.now() - begun }));
  });
  return {
    pid: child.pid ?? 0,
    ended,
    kill: (signal) => void child.kill(signal),
    async printed(pattern) {
      const isThere = () => pattern.test(output.stdout) || pattern.test(output.stderr);
      let isOver = false;
      ended.finally(() => (isOver = true));
      while (!isThere()) {
        assert.ok(!isOver, `expected ${pattern} to be printed, found ${output.stdout}${output.stderr}`);
        await sleep(2);
      }
    },
  };
}

/** Runs `weight-search` and sends it a signal after a number of milliseconds, if it is still running. */
export async function signalledAfter(
  args: readonly string[],
  signal: NodeJS.Signals,
  milliseconds: number,
): Promise<Ended> {
  const running = startWeightSearch(args);
  const timer = new AbortController();
  sleep(milliseconds, undefined, { signal: timer.signal }).then(
    () => running.kill(signal),
    () => undefined,
  );
  const ended = await running.ended;
  timer.abort();
  return ended;
}
