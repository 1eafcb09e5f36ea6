import type { Group } from "../distributed/group.js";
import type { StopSignal } from "../system/signals.js";
import { stopRequested, unwatchSignals, watchSignals } from "../tensor/process.js";
import type { SignalAnswers } from "./options.js";
import type { StopRequest } from "./ranks.js";

/**
 * A launcher may pass on a signal that the terminal sent to every process: what comes within this time is the same one.
 */
const SAME_SIGNAL_MS = 2000;

const ANSWERS: SignalAnswers = {
  first: "stopping after this step; once more to stop at once\n",
  second: "stopped at once\n",
};

/** Ctrl-C and `kill` end a run after the current step and a checkpoint; a second time, at once. */
export class StopSignals implements StopRequest {
  readonly #answers: SignalAnswers | null;
  #isWatching = false;

  /** @param answers by default those of the command line; `null`: signals keep their usual effect */
  constructor(answers: SignalAnswers | null = ANSWERS) {
    this.#answers = answers;
  }

  /**
   * From now on signals are answered; once, whatever runs follow each other: one that came in between is not forgotten.
   */
  watch({ size, isLeader }: Group): void {
    if (this.#answers === null || this.#isWatching) return;
    this.#isWatching = true;
    // Of several processes that stop together, one says so.
    const { first, second } = isLeader ? this.#answers : { first: "", second: "" };
    watchSignals(first, second, size === 1 ? 0 : SAME_SIGNAL_MS);
  }

  /** The signal that requested a stop; `null` if none. */
  get signal(): StopSignal | null {
    return this.#isWatching ? stopRequested() : null;
  }

  get isRequested(): boolean {
    return this.signal !== null;
  }

  /** Gives signals their usual effect back. */
  release(): void {
    if (this.#isWatching) unwatchSignals();
    this.#isWatching = false;
  }
}
