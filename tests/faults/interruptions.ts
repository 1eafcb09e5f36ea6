import assert from "node:assert/strict";
import { join } from "node:path";
import { randomStream } from "../../src/data/prng.js";
import { signalledAfter, startWeightSearch } from "./command.js";
import { beginArgs, checkIntact, checkSame, resumeArgs, runIn, type Trial } from "./trial.js";

/** A signal that ends a run. */
export type Fault = "SIGKILL" | "SIGTERM" | "SIGINT";

export interface Interruptions {
  /** Sent in turn. */
  readonly signals: readonly [Fault, ...Fault[]];
  /** How often the run is interrupted. */
  readonly times: number;
  /** Of the moments, a safe integer. */
  readonly seed: number;
}

/** Of the streams of moments ("intr"). */
const DOMAIN = 0x696e7472;

/** What a signal that is answered, and one that comes before there is anything to answer, may end a process with. */
const EXIT_CODES = { SIGKILL: [], SIGTERM: [143], SIGINT: [130] } as const;

/**
 * Runs a trial undisturbed; then again, ended by signals at random moments one after the other and gone on with each time, from
 * start-up to the last line; and checks that both ended in the same bits.
 * @param tell told of every interruption in a line
 * @returns how often the second run was interrupted before it had begun, and while it went on
 */
export async function tryInterruptions(
  trial: Trial,
  { signals, times, seed }: Interruptions,
  folder: string,
  tell: (line: string) => void,
): Promise<{ readonly before: number; readonly during: number }> {
  const start = performance.now();
  const undisturbed = await startWeightSearch(beginArgs(trial, join(folder, "undisturbed"))).ended;
  assert.equal(undisturbed.code, 0, undisturbed.stderr);
  const wholeMs = performance.now() - start;
  const longestMs = longestWait(wholeMs, undisturbed.firstLineMs ?? wholeMs, times);
  tell(`undisturbed: ${(wholeMs / 1000).toFixed(1)} s`);

  const random = randomStream(DOMAIN, seed, 0);
  const workDir = join(folder, "disturbed");
  const counts = { before: 0, during: 0 };
  for (let time = 1; time <= times; time++) {
    const run = runIn(workDir);
    const signal = signals[(time - 1) % signals.length] ?? signals[0];
    const moment = random.uniform(0, 1) * longestMs;
    const {
      code,
      signal: endedBy,
      stderr,
    } = await signalledAfter(run === null ? beginArgs(trial, workDir) : resumeArgs(run), signal, moment);
    const expected: readonly (number | null)[] = EXIT_CODES[signal];
    if (code === 0) tell(`${time}: the run had come to its end before the signal`);
    else assert.ok(endedBy === signal || expected.includes(code), `exit code ${code}, ${endedBy}: ${stderr}`);
    const now = runIn(workDir);
    if (now === null) counts.before += 1;
    else if (code !== 0) {
      counts.during += 1;
      checkIntact(now);
    }
    tell(
      `${time}: ${signal} after ${(moment / 1000).toFixed(2)} s: ${now === null ? "no run yet" : lastLine(stderr, code)}`,
    );
  }
  const run = runIn(workDir);
  const last = await startWeightSearch(run === null ? beginArgs(trial, workDir) : resumeArgs(run)).ended;
  assert.equal(last.code, 0, last.stderr);
  checkSame(runIn(join(folder, "undisturbed")) ?? "", runIn(workDir) ?? "");
  return counts;
}

/**
 * The longest time u to wait before an interruption, such that all of them together just wear the run out: of a wait that is
 * uniform in [0, u], of which s go into starting up, (u − s)² / 2u is left on average.
 */
function longestWait(wholeMs: number, startMs: number, times: number): number {
  const share = (wholeMs - startMs) / (times + 1);
  return startMs + share + Math.sqrt(share * (share + 2 * startMs));
}

function lastLine(stderr: string, code: number | null): string {
  return stderr.trim().split("\n").at(-1) || (code === 0 ? "finished" : "killed");
}
