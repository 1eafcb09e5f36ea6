import { ChildProcess, spawn } from "node:child_process";
import type { Writable } from "node:stream";
import { finished } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { PrefixedLines } from "./prefixed-lines.js";

/** Where the output of processes goes. */
export interface Outputs {
  readonly stdout: Writable;
  readonly stderr: Writable;
}

/** A program and its arguments. */
export type CommandLine = readonly [program: string, ...args: string[]];

/** How a process ended. */
export interface ProcessEnd {
  readonly rank: number;
  /** `null` if it could not be started. */
  readonly processId: number | null;
  /** `null` if a signal ended it or it could not be started. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why it could not be started; `null` if it was. */
  readonly startError: string | null;
  /** When that was noticed, in milliseconds of `performance.now()`. */
  readonly endedMs: number;
}

/** Children of an ended process may still hold its output; it is read while some arrives, polling at this interval. */
const QUIET_MS = 1000;

/**
 * A process of a run, whose lines of output are forwarded with its rank as a prefix. It leads its own process group, so
 * that Ctrl-C in a terminal reaches the launcher alone.
 */
export class LaunchedProcess {
  readonly rank: number;
  /** Settles when the process has ended, or could not be started. */
  readonly ended: Promise<ProcessEnd>;
  /** Settles when it has ended and all its output was forwarded. */
  readonly finished: Promise<void>;
  readonly #outputs: Outputs;
  readonly #lines: readonly [stdout: PrefixedLines, stderr: PrefixedLines];
  /** Why it could not be started. */
  readonly #child: ChildProcess | Error;

  constructor(command: CommandLine, rank: number, environment: NodeJS.ProcessEnv, outputs: Outputs) {
    this.rank = rank;
    this.#outputs = outputs;
    const prefix = `[rank ${rank}] `;
    this.#lines = [new PrefixedLines(outputs.stdout, prefix), new PrefixedLines(outputs.stderr, prefix)];
    this.#child = start(command, environment);
    this.ended = endOf(this.#child, rank);
    if (this.#child instanceof ChildProcess) {
      this.#child.stdout?.pipe(this.#lines[0].input);
      this.#child.stderr?.pipe(this.#lines[1].input);
    }
    this.finished = this.ended.then(async ({ startError }) => {
      if (startError === null) await this.#forwardRest();
    });
  }

  get isRunning(): boolean {
    return this.#running !== null;
  }

  /** The last non-blank line of standard error; empty if there is none. */
  get lastErrorLine(): string {
    return this.#lines[1].lastLine;
  }

  /** Signals the process to stop, if it is still running. */
  signal(signal: NodeJS.Signals): void {
    this.#running?.kill(signal);
  }

  /** Kills the process and its children, if it is still running. */
  kill(): void {
    if (this.isRunning) this.#killGroup();
  }

  /** Drops further output to a terminal, which was closed. */
  muteTerminals(): void {
    const { stdout, stderr } = this.#outputs;
    for (const [i, output] of [stdout, stderr].entries()) {
      if ("isTTY" in output && output.isTTY) this.#lines[i]?.mute();
    }
  }

  get #running(): ChildProcess | null {
    const child = this.#child;
    if (child instanceof Error || child.pid === undefined) return null;
    return child.exitCode === null && child.signalCode === null ? child : null;
  }

  #killGroup(): void {
    if (this.#child instanceof Error || this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, "SIGKILL");
    } catch {
      // They have ended meanwhile.
    }
  }

  async #forwardRest(): Promise<void> {
    const over = Promise.all(this.#lines.map((lines) => finished(lines.input))).then(() => true);
    while (!(await Promise.race([over, this.#isQuiet()]))) {
      // More may arrive.
    }
    if (this.#lines.every((lines) => lines.input.writableFinished)) return;
    // A child of the process still holds its output, but is silent.
    this.#killGroup();
    if (this.#child instanceof ChildProcess) {
      this.#child.stdout?.destroy();
      this.#child.stderr?.destroy();
    }
    for (const lines of this.#lines) lines.input.end();
    await over;
  }

  /** Waits one interval; returns whether no output arrived and none is pending. */
  async #isQuiet(): Promise<boolean> {
    const taken = () => this.#lines.reduce((sum, lines) => sum + lines.bytesTaken, 0);
    const before = taken();
    await sleep(QUIET_MS, undefined, { ref: false });
    // If this process itself was delayed, pending output is read first.
    await new Promise(setImmediate);
    return taken() === before && this.#lines.every((lines) => lines.input.writableLength === 0);
  }
}

function start([program, ...args]: CommandLine, environment: NodeJS.ProcessEnv): ChildProcess | Error {
  try {
    return spawn(program, args, { env: environment, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    // Some failures, such as no memory, are thrown; others arrive as an event.
    return error instanceof Error ? error : new Error(String(error));
  }
}

function endOf(child: ChildProcess | Error, rank: number): Promise<ProcessEnd> {
  return new Promise((resolve) => {
    const end = (how: Pick<ProcessEnd, "code" | "signal" | "startError">) => {
      const processId = child instanceof Error ? null : (child.pid ?? null);
      resolve({ rank, processId, endedMs: performance.now(), ...how });
    };
    const noStart = ({ message }: Error) => end({ code: null, signal: null, startError: message });
    if (child instanceof Error) {
      noStart(child);
      return;
    }
    child.once("exit", (code, signal) => end({ code, signal, startError: null }));
    // A later event is about a signal that could not be sent.
    child.on("error", (error) => child.pid === undefined && noStart(error));
  });
}
