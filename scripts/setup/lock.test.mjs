import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";

const folder = mkdtempSync(join(tmpdir(), "setup-lock-"));
after(() => rmSync(folder, { recursive: true }));

/** A process that takes the lock, notes when it has it and when it lets go, and ends. */
function holdLock(lock, notes, heldMs) {
  const program = `
    import { appendFileSync } from "node:fs";
    import { takeLock } from ${JSON.stringify(new URL("lock.mjs", import.meta.url).href)};
    await takeLock(${JSON.stringify(lock)});
    appendFileSync(${JSON.stringify(notes)}, "in ");
    await new Promise((settle) => setTimeout(settle, ${heldMs}));
    appendFileSync(${JSON.stringify(notes)}, "out ");`;
  return promisify(execFile)(process.execPath, ["--input-type=module", "--eval", program]);
}

test("holders come one after another, and leave no lock behind", async () => {
  const [lock, notes] = [join(folder, "lock"), join(folder, "notes")];
  await Promise.all([1, 2, 3].map(() => holdLock(lock, notes, 150)));
  assert.equal(readFileSync(notes, "utf8"), "in out ".repeat(3));
  assert.ok(!existsSync(lock));
});

test("the lock of a process that is gone, or whose id another process got, is broken by one waiter only", async () => {
  // Only /proc tells when a process started.
  const startedLongAgo = existsSync("/proc/self/stat") ? [`${process.pid} 1`] : [];
  for (const [i, dead] of ["4194305 17", ...startedLongAgo].entries()) {
    const [lock, notes] = [join(folder, `stale-${i}`), join(folder, `stale-notes-${i}`)];
    writeFileSync(lock, dead);
    await Promise.all([1, 2].map(() => holdLock(lock, notes, 100)));
    assert.equal(readFileSync(notes, "utf8"), "in out ".repeat(2));
  }
});
