import { spawn } from "node:child_process";
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
}

/** A `weight-search` that runs beside this process. */
export interface Running {
  readonly ended: Promise<Ended>;
  kill(signal: NodeJS.Signals): void;
}

export function startWeightSearch(args: readonly string[]): Running {
  const child = spawn(process.execPath, [`${ROOT}/bin/weight-search.mjs`, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const start = performance.now();
  const output: { stdout: string; stderr: string; firstLineMs: number | null } = {
    stdout: "",
    stderr: "",
    firstLineMs: null,
  };
  child.stdout.setEncoding("utf8").on("data", (text) => {
    output.firstLineMs ??= performance.now() - start;
    output.stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => (output.stderr += text));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, ...output }));
  });
  return { ended, kill: (signal) => void child.kill(signal) };
}

/** Runs `weight-search` and sends it a signal after so many milliseconds, if it still runs then. */
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
