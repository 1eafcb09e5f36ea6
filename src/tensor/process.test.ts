import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { lockFile } from "./process.js";

const folder = mkdtempSync(join(tmpdir(), "process-"));
after(() => rmSync(folder, { recursive: true }));

interface Child {
  /** Waits until it has written this many lines, and gives them. */
  lines(count: number): Promise<string[]>;
  readonly stderr: () => string;
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  readonly process: ChildProcess;
}

/**
 * Runs a program that has this module's functions, `print`, and `hold`, which computes that many seconds without a
 * break.
 */
function start(body: string, ...args: string[]): Child {
  const program = `
    import { closeSync, openSync, writeSync } from "node:fs";
    import { setTimeout as sleep } from "node:timers/promises";
    import { stopRequested, lockFile, unwatchSignals, watchSignals } from ${JSON.stringify(new URL("process.js", import.meta.url))};
    import { matmul } from ${JSON.stringify(new URL("arithmetic.js", import.meta.url))};
    import { ones } from ${JSON.stringify(new URL("create.js", import.meta.url))};
    import { scope } from ${JSON.stringify(new URL("tensor.js", import.meta.url))};
    import { setThreads } from ${JSON.stringify(new URL("runtime.js", import.meta.url))};
    const print = (text) => writeSync(1, text + "\\n");
    const hold = (seconds) => {
      const end = performance.now() + 1000 * seconds;
      while (performance.now() < end && stopRequested() === null) scope(() => matmul(ones([300, 300]), ones([300, 300])));
    };
    ${body}`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text));
  return {
    process: child,
    stderr: () => stderr,
    async lines(count) {
      for (let waits = 0; stdout.split("\n").length <= count; waits++) {
        assert.ok(waits < 2000 && child.exitCode === null, `expected ${count} lines, found ${stdout}; ${stderr}`);
        await sleep(10);
      }
      return stdout.split("\n");
    },
    ended: once(child, "close").then(([code, signal]) => ({ code, signal })),
  };
}

for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const) {
  test(`a first ${signal} is noted and answered while tensors are computed with`, async () => {
    const child = start(`
      watchSignals("first\\n", "second\\n");
      print(String(stopRequested()));
      hold(60);
      print(String(stopRequested()));`);
    assert.deepEqual(await child.lines(1), ["null", ""]);
    child.process.kill(signal);
    assert.deepEqual(await child.lines(2), ["null", signal, ""]);
    assert.deepEqual(await child.ended, { code: 0, signal: null });
    assert.equal(child.stderr(), "first\n");
  });

  test(`a second signal ends a process at once that computes without a break, as ${signal} with code ${code}`, async () => {
    const child = start(`
      watchSignals("first\\n", "second\\n");
      print("ready");
      setThreads(1);
      matmul(ones([9000, 9000]), ones([9000, 9000]));`);
    await child.lines(1);
    await sleep(300);
    child.process.kill(signal === "SIGINT" ? "SIGTERM" : "SIGINT");
    while (child.stderr() === "") await sleep(10);
    assert.equal(child.process.exitCode, null);
    const asked = performance.now();
    child.process.kill(signal);
    assert.deepEqual(await child.ended, { code, signal: null });
    assert.ok(performance.now() - asked < 2000);
    assert.equal(child.stderr(), "first\nsecond\n");
  });
}

test("of two signals at once one is the first and the other ends the process", async () => {
  const child = start(`
    watchSignals("first\\n", "second\\n");
    print("ready");
    await sleep(60_000);`);
  await child.lines(1);
  child.process.kill("SIGTERM");
  child.process.kill("SIGINT");
  const { code } = await child.ended;
  assert.ok(code === 130 || code === 143, `exit code ${code}`);
  // The end may come before the first one's answer.
  assert.match(child.stderr(), /^(first\n)?second\n$/);
});

test("a signal is answered in a break too, and Node's own listeners hear nothing of it", async () => {
  const child = start(`
    process.on("SIGTERM", () => print("heard"));
    watchSignals("first\\n", "second\\n");
    print("ready");
    while (stopRequested() === null) await sleep(5);
    await sleep(50);
    print(stopRequested());`);
  await child.lines(1);
  child.process.kill("SIGTERM");
  assert.deepEqual(await child.lines(2), ["ready", "SIGTERM", ""]);
  assert.deepEqual(await child.ended, { code: 0, signal: null });
});

test("watching again forgets the earlier signal and uses the new texts", async () => {
  const child = start(`
    watchSignals("a\\n", "b\\n");
    process.kill(process.pid, "SIGINT");
    while (stopRequested() === null);
    watchSignals("c\\n", "d\\n");
    print(String(stopRequested()));
    process.kill(process.pid, "SIGINT");
    process.kill(process.pid, "SIGTERM");`);
  assert.deepEqual(await child.lines(1), ["null", ""]);
  assert.deepEqual(await child.ended, { code: 143, signal: null });
  assert.equal(child.stderr(), "a\nc\nd\n");
});

test("a signal ends a process that watches no more, as it ends any other", async () => {
  const child = start(`
    watchSignals("first\\n", "second\\n");
    unwatchSignals();
    print("ready");
    await sleep(60_000);`);
  await child.lines(1);
  child.process.kill("SIGTERM");
  assert.deepEqual(await child.ended, { code: null, signal: "SIGTERM" });
  assert.equal(child.stderr(), "");
});

test("a lock keeps other processes out until it is closed, or its process killed", async () => {
  const holder = start(
    `
    print(String(lockFile(openSync(process.argv[1], "r"))));
    await sleep(60_000);`,
    folder,
  );
  assert.deepEqual(await holder.lines(1), ["true", ""]);
  const mine = openSync(folder, "r");
  assert.equal(lockFile(mine), false);
  holder.process.kill("SIGKILL");
  await holder.ended;
  assert.equal(lockFile(mine), true);
  // The lock belongs to the open file: taking it again there succeeds.
  assert.equal(lockFile(mine), true);

  const other = `
    const file = openSync(process.argv[1], "r");
    print(String(lockFile(file)));
    closeSync(file);`;
  const refused = start(other, folder);
  assert.deepEqual(await refused.lines(1), ["false", ""]);
  await refused.ended;
  closeSync(mine);
  const admitted = start(other, folder);
  assert.deepEqual(await admitted.lines(1), ["true", ""]);
  await admitted.ended;
});

test("what is no open file cannot be locked", () => {
  for (const wrong of [-1, 2 ** 31, 1_000_000]) assert.throws(() => lockFile(wrong), Error);
});
