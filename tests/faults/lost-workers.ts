import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { randomStream } from "../../src/data/prng.js";
import { type Ended, startWeightSearch } from "./command.js";
import { beginArgs, checkIntact, checkSame, runIn, type Trial } from "./trial.js";

/** Of the streams of moments and ranks ("work"). */
const DOMAIN = 0x776f726b;

const PROCESSES = 2;

/** Within which the others are to be gone. */
const MAX_SECONDS = 30;

export interface LostWorkers {
  readonly times: number;
  readonly seed: number;
}

/** What a launcher's command ended with, and what it took to end it. */
interface Loss {
  readonly ended: Ended;
  readonly rank: number;
  readonly seconds: number;
}

/**
 * Kills a worker at a random moment of a run, in runs of their own: the launcher is to end with an error that names the
 * rank, and with the other processes gone, in time.
 * @param tell called with a line for every loss
 * @returns the longest time that the others stayed, seconds
 */
export async function tryLostWorkers(
  trial: Trial,
  { times, seed }: LostWorkers,
  folder: string,
  tell: (line: string) => void,
): Promise<number> {
  const wholeMs = await uninterrupted(trial, folder, tell);
  const random = randomStream(DOMAIN, seed, 0);
  let longest = 0;
  for (let time = 1; time <= times; ) {
    const rank = random.below(PROCESSES);
    const moment = random.uniform(0, wholeMs);
    const workDir = join(folder, `lost-${time}`);
    const { running, workers } = await launch(trial, workDir, []);
    const loss = await killAfter(running, workers, rank, moment);
    if (loss === null) {
      tell("the run finished before: another one begins");
      continue;
    }
    checkLoss(loss);
    const now = runIn(workDir);
    if (now !== null) checkIntact(now);
    longest = Math.max(longest, loss.seconds);
    tell(
      `${time}: rank ${rank} killed after ${(moment / 1000).toFixed(2)} s; all gone ${loss.seconds.toFixed(1)} s later: ${lastLine(loss.ended)}`,
    );
    time += 1;
  }
  return longest;
}

/**
 * Kills workers of one run one after the other, with restarts on: the run is to come to its end, in the bits of an
 * uninterrupted one.
 */
export async function tryRestarts(
  trial: Trial,
  { times, seed }: LostWorkers,
  folder: string,
  tell: (line: string) => void,
): Promise<number> {
  const wholeMs = await uninterrupted(trial, folder, tell);
  const random = randomStream(DOMAIN, seed, 1);
  const workDir = join(folder, "restarted");
  const { running, workers } = await launch(trial, workDir, ["--max-restarts", String(times)]);
  let isOver = false;
  running.ended.then(() => (isOver = true));
  let killed = 0;
  let gone: readonly Worker[] = [];
  for (let time = 1; time <= times && !isOver; time++) {
    const rank = random.below(PROCESSES);
    // Long enough that all of them together do not only interrupt beginnings.
    await Promise.race([sleep(random.uniform(0.2, 0.6) * wholeMs), running.ended]);
    const now = await newWorkers(workers, gone, running.ended);
    const worker = now.find((one) => one.rank === rank);
    if (worker === undefined) break;
    process.kill(worker.pid, "SIGKILL");
    gone = now;
    killed += 1;
    tell(`${time}: rank ${rank} killed`);
  }
  const { code, stderr } = await running.ended;
  assert.equal(code, 0, stderr);
  assert.equal(
    (stderr.match(/^note: rank \d .* was killed by SIGKILL; restart \d+ of \d+$/gm) ?? []).length,
    killed,
    stderr,
  );
  checkSame(runIn(join(folder, "uninterrupted")) ?? "", runIn(workDir) ?? "");
  return killed;
}

async function uninterrupted(trial: Trial, folder: string, tell: (line: string) => void): Promise<number> {
  const start = performance.now();
  const { running } = await launch(trial, join(folder, "uninterrupted"), []);
  const { code, stderr } = await running.ended;
  assert.equal(code, 0, stderr);
  const wholeMs = performance.now() - start;
  tell(`uninterrupted: ${(wholeMs / 1000).toFixed(1)} s`);
  return wholeMs;
}

interface Worker {
  readonly rank: number;
  readonly pid: number;
}

async function launch(trial: Trial, workDir: string, flags: readonly string[]) {
  const [command = "", ...rest] = beginArgs(trial, workDir);
  const running = startWeightSearch([command, "--nproc-per-node", String(PROCESSES), ...flags, ...rest]);
  return { running, workers: () => workersOf(running.pid) };
}

/** The workers of a launcher that have begun; of each the rank is in its environment. */
export function workersOf(launcher: number): Worker[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const parent = Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
        if (parent !== launcher) return [];
        const rank = /(?:^|\0)RANK=(\d+)\0/.exec(readFileSync(`/proc/${pid}/environ`, "utf8"))?.[1];
        return rank === undefined ? [] : [{ rank: Number(rank), pid: Number(pid) }];
      } catch {
        // It ended meanwhile.
        return [];
      }
    });
}

/** Workers of a launcher that are others than those before; none when it ended. */
async function newWorkers(
  workers: () => readonly Worker[],
  before: readonly Worker[],
  ended: Promise<unknown>,
): Promise<readonly Worker[]> {
  let isOver = false;
  ended.then(() => (isOver = true));
  const known = new Set(before.map(({ pid }) => pid));
  while (!isOver) {
    const now = workers().filter(({ pid }) => !known.has(pid));
    if (now.length === PROCESSES) return now;
    await sleep(20);
  }
  return [];
}

/** Kills the worker of a rank after a number of milliseconds; `null` if the run finished before. */
async function killAfter(
  running: Awaited<ReturnType<typeof launch>>["running"],
  workers: () => readonly Worker[],
  rank: number,
  milliseconds: number,
): Promise<Loss | null> {
  await Promise.race([sleep(milliseconds), running.ended]);
  const now = await newWorkers(workers, [], running.ended);
  const worker = now.find((one) => one.rank === rank);
  if (worker === undefined) return null;
  const start = performance.now();
  try {
    process.kill(worker.pid, "SIGKILL");
  } catch {
    return null;
  }
  const ended = await running.ended;
  const seconds = (performance.now() - start) / 1000;
  if (ended.code === 0) return null;
  for (const { pid } of now) assert.ok(!isAlive(pid), `process ${pid} is still there`);
  return { ended, rank, seconds };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function checkLoss({ ended, rank, seconds }: Loss): void {
  assert.ok(seconds < MAX_SECONDS, `${seconds} s: ${ended.stderr}`);
  assert.equal(ended.code, 1, ended.stderr);
  const line = lastLine(ended);
  assert.match(line, new RegExp(`^error: rank ${rank} \\(process \\d+\\) was killed by SIGKILL`), ended.stderr);
}

function lastLine({ stderr }: Ended): string {
  return stderr.trim().split("\n").at(-1) ?? "";
}
