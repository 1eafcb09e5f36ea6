import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, statfsSync, statSync } from "node:fs";
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
 * Runs a trial undisturbed; then on a disk that is full at random places, in the middle of checkpoints too, with more room
 * each time it is gone on with; and checks that both ended in the same bits.
 * @param tell told of every full disk in a line
 * @returns how often the disk was full
 */
export async function tryFullDisk(
  trial: Trial,
  { times, seed }: { readonly times: number; readonly seed: number },
  folder: string,
  tell: (line: string) => void,
): Promise<number> {
  const undisturbed = await startWeightSearch(beginArgs(trial, join(folder, "undisturbed"))).ended;
  assert.equal(undisturbed.code, 0, undisturbed.stderr);

  const checkpointBytes = statSync(tensorsFile(newestCheckpoint(runIn(join(folder, "undisturbed")) ?? ""))).size;
  const random = randomStream(DOMAIN, seed, 0);
  const disk = join(folder, "disk");
  assert.ok(mount(disk, ENOUGH_BYTES), "expected to be allowed to mount a tmpfs");
  let full = 0;
  try {
    for (let time = 1; time <= times; time++) {
      const run = runIn(disk);
      // Some run out of it in their first checkpoint, some in a later one, or in another file in between.
      const room = Math.round(random.uniform(0, 2.5) * checkpointBytes);
      resize(disk, usedBytes(disk) + (1 << 16) + room);
      const { code, stderr } = await startWeightSearch(run === null ? beginArgs(trial, disk) : resumeArgs(run)).ended;
      resize(disk, ENOUGH_BYTES);
      if (code !== 0) {
        full += 1;
        assert.equal(code, 2, stderr);
        assert.match(stderr, /^(note: [^\n]*\n)*error: [^\n]*ENOSPC \(no space left on device\)[^\n]*\n$/);
      }
      const now = runIn(disk);
      if (now !== null) checkIntact(now);
      tell(`${time}: ${(room / 2 ** 20).toFixed(2)} MiB of room: ${stderr.trim() || "enough"}`);
    }
    const run = runIn(disk);
    const last = await startWeightSearch(run === null ? beginArgs(trial, disk) : resumeArgs(run)).ended;
    assert.equal(last.code, 0, last.stderr);
    checkSame(runIn(join(folder, "undisturbed")) ?? "", runIn(disk) ?? "");
  } finally {
    unmount(disk);
  }
  return full;
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
