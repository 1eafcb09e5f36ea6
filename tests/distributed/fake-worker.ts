import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { CommandLine } from "../../src/distributed/launched-process.js";
import type { LaunchOptions } from "../../src/distributed/launcher.js";

const meetings = mkdtempSync(join(tmpdir(), "weight-search-launcher-"));
process.on("exit", () => rmSync(meetings, { recursive: true }));

/**
 * A process of a run that says its number, waits until all others of its start have said theirs, and does `body`
 * (JavaScript), for which `rank`, `restart`, `say`, `stay` and `meet`, which waits for the others again, are there.
 */
export function fakeWorker(body: string): CommandLine {
  const meeting = mkdtempSync(join(meetings, "meeting-"));
  const program = `
    const fs = require("node:fs");
    const rank = Number(process.env.RANK);
    const restart = Number(process.env.TORCHELASTIC_RESTART_COUNT);
    const say = (text) => fs.writeSync(1, text + "\\n");
    const stay = () => setInterval(() => undefined, 1000);
    say("process " + process.pid);
    const meet = (where) => {
      const here = ${JSON.stringify(meeting)} + "/" + where + "-" + restart + "-";
      fs.writeFileSync(here + process.env.LOCAL_RANK, "");
      for (let other = 0; other < Number(process.env.LOCAL_WORLD_SIZE); other++)
        while (!fs.existsSync(here + other)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
    };
    meet("begin");
    ${body}`;
  return [process.execPath, "-e", program];
}

/** Two such processes, and little patience. */
export function twoFakes(body: string) {
  return {
    command: fakeWorker(body),
    machines: 1,
    machineRank: 0,
    localWorldSize: 2,
    masterAddress: "127.0.0.1",
    masterPort: null,
    maxRestarts: 0,
    graceMs: 5000,
    secondSignalMs: 5000,
  } satisfies Partial<LaunchOptions>;
}

/** Holds what is written to it. */
export class Collector extends Writable {
  text = "";

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString("utf8");
    done();
  }

  /** Waits until the pattern was written a number of times. */
  async until(pattern: RegExp, times = 1): Promise<void> {
    const every = new RegExp(pattern.source, "gm");
    for (let waits = 0; (this.text.match(every)?.length ?? 0) < times; waits++) {
      assert.ok(waits < 2000, `expected ${times} ${pattern}, found ${this.text}`);
      await sleep(5);
    }
  }
}

/** The numbers of the processes that have said them. */
export function processIds(text: string): number[] {
  return [...text.matchAll(/^\[rank \d+\] process (\d+)$/gm)].map(([, id]) => Number(id));
}

/** Asserts that a number of processes were started and that none of them is left, not even as a zombie. */
export async function assertNoneLeft(text: string, started: number): Promise<void> {
  const ids = processIds(text);
  assert.equal(ids.length, started, text);
  for (const id of ids) {
    // Those that outlive their parent are gone when the system has noticed.
    for (let waits = 0; isThere(id); waits++) {
      assert.ok(waits < 2000, `process ${id} is still there`);
      await sleep(5);
    }
  }
}

function isThere(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch {
    return false;
  }
}
