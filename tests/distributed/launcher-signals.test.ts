import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { LaunchOptions } from "../../src/distributed/launcher.js";
import { assertNoneLeft, Collector, twoFakes } from "./fake-worker.js";

const PROGRAM = fileURLToPath(new URL("launch-fakes.js", import.meta.url));

/** A launcher in a process of its own, whose two processes do `body`. */
class Launching {
  readonly process: ChildProcess;
  readonly stdout = new Collector();
  readonly stderr = new Collector();

  constructor(body: string, options: Partial<LaunchOptions> = {}) {
    const words = [PROGRAM, JSON.stringify({ ...twoFakes(body), ...options })];
    this.process = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "pipe"] });
    this.process.stdout?.pipe(this.stdout);
    this.process.stderr?.pipe(this.stderr);
  }

  /** Waits for its end; none of its processes is left. */
  async ended(started = 2): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    const [code, signal] = await once(this.process, "close");
    await assertNoneLeft(this.stdout.text, started);
    return { code, signal };
  }
}

/** Says what signals come; the second one of them ends it, as does the end of `milliseconds` after the first. */
const OBEDIENT = (milliseconds: number) => `
  let asked = 0;
  for (const [name, code] of [["SIGINT", 130], ["SIGTERM", 143]]) process.on(name, () => {
    say("got " + name);
    if (++asked === 1) setTimeout(() => (say("checkpoint"), process.exit(code)), ${milliseconds});
    else process.exit(code);
  });
  stay();
  say("ready");`;

for (const [sent, got, code] of [
  ["SIGINT", "SIGINT", 130],
  ["SIGTERM", "SIGTERM", 143],
  ["SIGHUP", "SIGTERM", 143],
] as const) {
  test(`${sent} is forwarded once, and waited for; no restart and no message follow`, async () => {
    const launching = new Launching(OBEDIENT(150), { maxRestarts: 3, graceMs: 10 });
    await launching.stdout.until(/ready/, 2);
    launching.process.kill(sent);
    assert.deepEqual(await launching.ended(), { code, signal: null });
    assert.equal(launching.stdout.text.match(/got/g)?.length, 2);
    assert.equal(launching.stdout.text.match(new RegExp(`got ${got}$`, "gm"))?.length, 2);
    assert.equal(launching.stdout.text.match(/checkpoint/g)?.length, 2);
    assert.equal(launching.stderr.text, "");
  });
}

test("a second signal is forwarded too; a closed terminal does not count as one", async () => {
  const launching = new Launching(OBEDIENT(60_000));
  await launching.stdout.until(/ready/, 2);
  launching.process.kill("SIGINT");
  await launching.stdout.until(/got SIGINT/, 2);
  launching.process.kill("SIGHUP");
  launching.process.kill("SIGTERM");
  // The first one says how it ends.
  assert.deepEqual(await launching.ended(), { code: 130, signal: null });
  assert.equal(launching.stdout.text.match(/got/g)?.length, 4);
  assert.equal(launching.stderr.text, "");
});

test("who ignores a second signal is killed soon after", async () => {
  const launching = new Launching(`process.on("SIGINT", () => say("no")); stay(); say("ready");`, {
    secondSignalMs: 500,
  });
  await launching.stdout.until(/ready/, 2);
  launching.process.kill("SIGINT");
  await launching.stdout.until(/no/, 2);
  launching.process.kill("SIGINT");
  assert.deepEqual(await launching.ended(), { code: 130, signal: null });
  assert.equal(launching.stdout.text.match(/no$/gm)?.length, 4);
  assert.equal(launching.stderr.text, "");
});

test("a run that comes to its end all the same ends with 0", async () => {
  const launching = new Launching(`process.on("SIGTERM", () => process.exit(0)); stay(); say("ready");`);
  await launching.stdout.until(/ready/, 2);
  launching.process.kill("SIGTERM");
  assert.deepEqual(await launching.ended(), { code: 0, signal: null });
});

test("a signal while others are ended after a failure keeps the failure's message and code, without a restart", async () => {
  const launching = new Launching(
    `if (rank === 0) process.on("SIGTERM", () => say("waiting")), process.on("SIGINT", () => process.exit(0)), stay();
     meet("ready");
     if (rank === 1) process.exitCode = 9;`,
    { maxRestarts: 3, graceMs: 60_000 },
  );
  await launching.stdout.until(/waiting/);
  launching.process.kill("SIGINT");
  assert.deepEqual(await launching.ended(), { code: 9, signal: null });
  assert.match(
    launching.stderr.text,
    /^error: rank 1 \(process \d+\) ended with exit code 9; the other processes were ended\n$/,
  );
});

test("a closed output pipe ends all silently", async () => {
  const launching = new Launching(
    `process.on("SIGTERM", () => undefined);
     setInterval(() => process.stdout.write("line\\n"), 5);`,
  );
  await launching.stdout.until(/line/, 4);
  launching.process.stdout?.destroy();
  assert.deepEqual(await launching.ended(), { code: 141, signal: null });
  assert.equal(launching.stderr.text, "");
});
