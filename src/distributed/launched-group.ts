import { SIGNAL_EXIT_CODES, type StopSignal } from "../system/signals.js";
import { type Failure, failureText, firstCause } from "./first-cause.js";
import type { LaunchedProcess, ProcessEnd } from "./launched-process.js";

/** How a group of processes ended. */
export type GroupEnd =
  | { readonly how: "finished" }
  | { readonly how: "stopped"; readonly signal: StopSignal }
  | {
      readonly how: "failed";
      /** The process whose failure came first. */
      readonly cause: ProcessEnd;
      /** A description of that failure. */
      readonly text: string;
      /** Whether others were still running and were ended. */
      readonly endedOthers: boolean;
    };

/**
 * The processes of a run on this machine, from start to end. When one fails, the others get SIGTERM at once and are
 * killed after a grace period. Exit code 0 leaves the others alone; so do 130 and 143: a signal from elsewhere stopped
 * the process and with it the run, so the others end by themselves, perhaps after a checkpoint.
 */
export class LaunchedGroup {
  /** Settles when every process has ended and all output was forwarded. */
  readonly ended: Promise<GroupEnd>;
  readonly #processes: readonly LaunchedProcess[];
  readonly #graceMs: number;
  readonly #failures: Failure[] = [];
  #stop: StopSignal | null = null;
  #endedOthers = false;
  #wasKilled = false;
  #grace: NodeJS.Timeout | undefined;

  constructor(processes: readonly LaunchedProcess[], graceMs: number) {
    this.#processes = processes;
    this.#graceMs = graceMs;
    this.ended = this.#watch();
  }

  /** Forwards a stop signal; processes that end from now on were told to. */
  stop(signal: StopSignal): void {
    this.#stop ??= signal;
    for (const process of this.#processes) process.signal(signal);
  }

  /** Kills every process that is still running. */
  kill(): void {
    this.#wasKilled = true;
    for (const process of this.#processes) process.kill();
  }

  /** Drops further output to a terminal, which was closed. */
  muteTerminals(): void {
    for (const process of this.#processes) process.muteTerminals();
  }

  async #watch(): Promise<GroupEnd> {
    let hasAllSucceeded = true;
    await Promise.all(
      this.#processes.map(async (process) => {
        const end = await process.ended;
        if (end.code !== 0) {
          hasAllSucceeded = false;
          if (this.#isFailure(end)) this.#fail(end);
        }
        await process.finished;
      }),
    );
    clearTimeout(this.#grace);
    const [first, ...later] = this.#failures;
    if (first !== undefined) return this.#failed(firstCause([first, ...later]));
    if (this.#stop !== null && !hasAllSucceeded) return { how: "stopped", signal: this.#stop };
    return { how: "finished" };
  }

  #isFailure({ code }: ProcessEnd): boolean {
    if (this.#failures.length > 0) return true;
    if (code === SIGNAL_EXIT_CODES.SIGINT) this.#stop ??= "SIGINT";
    if (code === SIGNAL_EXIT_CODES.SIGTERM) this.#stop ??= "SIGTERM";
    return this.#stop === null;
  }

  #fail(end: ProcessEnd): void {
    this.#failures.push({ ...end, wasKilled: this.#wasKilled });
    if (this.#failures.length > 1) return;
    this.#endedOthers = this.#processes.some(({ isRunning }) => isRunning);
    for (const process of this.#processes) process.signal("SIGTERM");
    this.#grace = setTimeout(() => this.kill(), this.#graceMs);
  }

  #failed(cause: Failure): GroupEnd {
    const { lastErrorLine = "" } = this.#processes.find(({ rank }) => rank === cause.rank) ?? {};
    return { how: "failed", cause, text: failureText(cause, lastErrorLine), endedOthers: this.#endedOthers };
  }
}
