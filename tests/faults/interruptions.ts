import assert from "node:assert/strict";
import { join } from "node:path";
import { randomStream } from "../../src/data/prng.js";
import { type Ended, signalledAfter, startWeightSearch } from "./command.js";
import { beginArgs, checkIntact, checkSame, resumeArgs, runIn, type Trial } from "./trial.js";

/** A signal that ends a run. */
export type Fault = "SIGKILL" | "SIGTERM" | "SIGINT";

export interface Interruptions {
  /** Sent in turn. */
  readonly signals: readonly [Fault, ...Fault[]];
  /** How often a run is interrupted, in all. */
  readonly times: number;
  /** Of the moments, a safe integer. */
  readonly seed: number;
}

/** Of the streams of moments ("intr"). */
const DOMAIN = 0x696e7472;

/** What a signal that is answered, and one that comes before there is anything to answer, may end a process with. */
const EXIT_CODES = { SIGKILL: [], SIGTERM: [143], SIGINT: [130] } as const;

/**
 * Runs a trial uninterrupted; then again, repeatedly ended by signals at random moments and resumed, from start-up to
 * the last line; and checks that both are bit-identical. If the second finishes before it was interrupted often enough,
 * it is checked and another one is started.
 * @param tell called with a line for every interruption
 * @returns how often runs were interrupted before they had begun and while they trained, and the number of runs
 */
export async function tryInterruptions(
  trial: Trial,
  { signals, times, seed }: Interruptions,
  folder: string,
  tell: (line: string) => void,
): Promise<{ readonly before: number; readonly during: number; readonly runs: number }> {
  const uninterrupted = await startWeightSearch(beginArgs(trial, join(folder, "uninterrupted"))).ended;
  assert.equal(uninterrupted.code, 0, uninterrupted.stderr);
  let longestMs = longestWait(uninterrupted, times);
  tell(`uninterrupted: ${(uninterrupted.wholeMs / 1000).toFixed(1)} s`);

  const random = randomStream(DOMAIN, seed, 0);
  const counts = { before: 0, during: 0, runs: 1 };
  const workDir = () => join(folder, `interrupted-${counts.runs}`);
  const begunOrResumed = () => {
    const run = runIn(workDir());
    return run === null ? beginArgs(trial, workDir()) : resumeArgs(run);
  };
  const checkEnd = () => checkSame(runIn(join(folder, "uninterrupted")) ?? "", runIn(workDir()) ?? "");
  while (counts.before + counts.during < times) {
    const time = counts.before + counts.during + 1;
    const signal = signals[(time - 1) % signals.length] ?? signals[0];
    const expected: readonly (number | null)[] = EXIT_CODES[signal];
    const moment = random.uniform(0, 1) * longestMs;
    const isBegun = runIn(workDir()) === null;
    const ended = await signalledAfter(begunOrResumed(), signal, moment);
    const { code, signal: endedBy, stderr } = ended;
    if (code === 0) {
      // The machine's load varies: moments are fractions of the duration of a full run now.
      if (isBegun) longestMs = longestWait(ended, times);
      tell("the run finished before the signal, bit-exact: another one begins");
      checkEnd();
      counts.runs += 1;
      continue;
    }
    assert.ok(endedBy === signal || expected.includes(code), `exit code ${code}, ${endedBy}: ${stderr}`);
    const now = runIn(workDir());
    counts[now === null ? "before" : "during"] += 1;
    if (now !== null) checkIntact(now);
    tell(`${time}: ${signal} after ${(moment / 1000).toFixed(2)} s: ${now === null ? "no run yet" : lastLine(stderr)}`);
  }
  const last = await startWeightSearch(begunOrResumed()).ended;
  assert.equal(last.code, 0, last.stderr);
  checkEnd();
  return counts;
}

/**
 * The longest time u to wait before an interruption, such that all of them together just wear the run out: of a wait
 * that is uniform in [0, u], of which s go into starting up, (u − s)² / 2u is left on average.
 */
function longestWait({ wholeMs, firstLineMs }: Ended, times: number): number {
  const startMs = firstLineMs ?? wholeMs;
  const share = (wholeMs - startMs) / (times + 1);
  return startMs + share + Math.sqrt(share * (share + 2 * startMs));
}

function lastLine(stderr: string): string {
  return stderr.trim().split("\n").at(-1) || "killed";
}
