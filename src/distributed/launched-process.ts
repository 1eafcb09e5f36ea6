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

/** A program and its words. */
export type CommandLine = readonly [program: string, ...words: string[]];

/** How a process ended. */
export interface ProcessEnd {
  readonly rank: number;
  /** `null` when it could not be started. */
  readonly processId: number | null;
  /** `null` when a signal ended it, or it could not be started. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why it could not be started; `null` when it could. */
  readonly startError: string | null;
  /** When that was seen, in milliseconds of `performance.now()`. */
  readonly endedMs: number;
}

/** A process that has ended may have left its output to others; such output is waited for while some comes, so often. */
const QUIET_MS = 1000;

/**
 * A process of a run, whose lines of output are passed on with its rank before them. It leads a process group of its
 * own, so that Ctrl-C in a terminal reaches the launcher alone.
 */
export class LaunchedProcess {
  readonly rank: number;
  /** Settles when the process has ended, or could not be started. */
  readonly ended: Promise<ProcessEnd>;
  /** Settles when it has ended and all its output was passed on. */
  readonly finished: Promise<void>;
  readonly #outputs: Outputs;
  readonly #lines: readonly [stdout: PrefixedLines, stderr: PrefixedLines];
  /** Or why there is none. */
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

  /** The last line of standard error that is not blank; empty when there is none. */
  get lastErrorLine(): string {
    return this.#lines[1].lastLine;
  }

  /** Asks the process to stop, if it still runs. */
  signal(signal: NodeJS.Signals): void {
    this.#running?.kill(signal);
  }

  /** Ends the process, with what it may have started itself, if it still runs. */
  kill(): void {
    if (this.isRunning) this.#killGroup();
  }

  /** Drops from now on what would go to a terminal, which is not there any more. */
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
      // They have ended in the meantime.
    }
  }

  async #forwardRest(): Promise<void> {
    const over = Promise.all(this.#lines.map((lines) => finished(lines.input))).then(() => true);
    while (!(await Promise.race([over, this.#isQuiet()]))) {
      // More may come.
    }
    if (this.#lines.every((lines) => lines.input.writableFinished)) return;
    // Something that the process started still holds its output, and says nothing.
    this.#killGroup();
    if (this.#child instanceof ChildProcess) {
      this.#child.stdout?.destroy();
      this.#child.stderr?.destroy();
    }
    for (const lines of this.#lines) lines.input.end();
    await over;
  }

  /** Waits a while; returns whether no output came, and none waits to be passed on. */
  async #isQuiet(): Promise<boolean> {
    const taken = () => this.#lines.reduce((sum, lines) => sum + lines.bytesTaken, 0);
    const before = taken();
    await sleep(QUIET_MS, undefined, { ref: false });
    // Where this process itself was held up, what has come by now is read first.
    await new Promise(setImmediate);
    return taken() === before && this.#lines.every((lines) => lines.input.writableLength === 0);
  }
}

function start([program, ...words]: CommandLine, environment: NodeJS.ProcessEnv): ChildProcess | Error {
  try {
    return spawn(program, words, { env: environment, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    // Some reasons, such as no memory, are thrown; others come as an event.
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
    // Another such event tells of a signal that could not be sent.
    child.on("error", (error) => child.pid === undefined && noStart(error));
  });
}
