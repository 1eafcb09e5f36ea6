import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, statfsSync, statSync } from "node:fs";
import { join } from "node:path";
import { randomStream } from "../../src/data/prng.js";
import { tensorsFile } from "../../src/run/checkpoint-file.js";
import { startWeightSearch } from "./command.js";
import { beginArgs, checkIntact, checkSame, newestCheckpoint, resumeArgs, runIn, type Trial } from "./trial.js";

/** Of the streams of disk sizes ("disk"). */
const DOMAIN = 0x6469736b;

/** Room for everything. */
const ENOUGH_BYTES = 256 * 2 ** 20;

/** Whether this process may mount file systems. */
export function canMount(folder: string): boolean {
  const disk = join(folder, "probe");
  if (!mount(disk, 2 ** 20)) return false;
  unmount(disk);
  return true;
}

/**
 * Runs a trial uninterrupted; then on a disk that is full at random places, in the middle of checkpoints too, with more
 * room each time it is resumed; and checks that both are bit-identical. If a run finishes before the disk was full
 * often enough, it is checked and another one begun.
 * @param tell called with a line for every full disk
 * @returns how many runs that took
 */
export async function tryFullDisk(
  trial: Trial,
  { times, seed }: { readonly times: number; readonly seed: number },
  folder: string,
  tell: (line: string) => void,
): Promise<number> {
  const uninterrupted = await startWeightSearch(beginArgs(trial, join(folder, "uninterrupted"))).ended;
  assert.equal(uninterrupted.code, 0, uninterrupted.stderr);

  const checkpointBytes = statSync(tensorsFile(newestCheckpoint(runIn(join(folder, "uninterrupted")) ?? ""))).size;
  const random = randomStream(DOMAIN, seed, 0);
  const disk = join(folder, "disk");
  assert.ok(mount(disk, ENOUGH_BYTES), "expected to be allowed to mount a tmpfs");
  let runs = 1;
  const workDir = () => join(disk, String(runs));
  const checkEnd = () => checkSame(runIn(join(folder, "uninterrupted")) ?? "", runIn(workDir()) ?? "");
  const begunOrResumed = () => {
    const run = runIn(workDir());
    return startWeightSearch(run === null ? beginArgs(trial, workDir()) : resumeArgs(run)).ended;
  };
  try {
    for (let full = 0; full < times; ) {
      // Some run out of it in their first checkpoint, some in a later one, or in another file in between.
      const room = Math.round(random.uniform(0, 2.5) * checkpointBytes);
      resize(disk, usedBytes(disk) + (1 << 16) + room);
      const { code, stderr } = await begunOrResumed();
      resize(disk, ENOUGH_BYTES);
      const now = runIn(workDir());
      if (now !== null) checkIntact(now);
      if (code === 0) {
        tell(`${mebibytes(room)} of space were enough to finish, bit-exact: another run begins`);
        checkEnd();
        rmSync(workDir(), { recursive: true });
        runs += 1;
        continue;
      }
      full += 1;
      assert.equal(code, 2, stderr);
      assert.match(stderr, /^(note: [^\n]*\n)*error: [^\n]*no space left on device[^\n]*\n$/);
      tell(`${full}: ${mebibytes(room)} of room: ${stderr.trim()}`);
    }
    const last = await begunOrResumed();
    assert.equal(last.code, 0, last.stderr);
    checkEnd();
  } finally {
    unmount(disk);
  }
  return runs;
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(2)} MiB`;
}

function mount(disk: string, sizeBytes: number): boolean {
  mkdirSync(disk, { recursive: true });
  return spawnSync("mount", ["-t", "tmpfs", "-o", `size=${sizeBytes}`, "tmpfs", disk]).status === 0;
}

function resize(disk: string, sizeBytes: number): void {
  const { status, stderr } = spawnSync("mount", ["-o", `remount,size=${sizeBytes}`, disk], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
}

function unmount(disk: string): void {
  spawnSync("umount", [disk]);
}

function usedBytes(disk: string): number {
  const { blocks, bfree, bsize } = statfsSync(disk);
  return (blocks - bfree) * bsize;
}
