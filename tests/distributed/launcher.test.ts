import assert from "node:assert/strict";
import { test } from "node:test";
import { type LaunchEnd, type LaunchOptions, launch } from "../../src/distributed/launcher.js";
import { assertNoneLeft, Collector, processIds, twoFakes } from "./fake-worker.js";

interface Launched extends LaunchEnd {
  readonly stdout: string;
  readonly stderr: string;
  readonly notes: readonly string[];
}

/** Launches processes that do `body`, to their end; none of `started` is left then. `act` is called meanwhile. */
async function launched(
  body: string,
  {
    act,
    started = 2,
    ...options
  }: Partial<LaunchOptions> & { act?: (out: Collector) => unknown; started?: number } = {},
): Promise<Launched> {
  const [stdout, stderr] = [new Collector(), new Collector()];
  const notes: string[] = [];
  const defaults = {
    environment: process.env,
    outputs: { stdout, stderr },
    note: (text: string) => notes.push(text),
  };
  const end = launch({ ...twoFakes(body), ...defaults, ...options });
  await act?.(stdout);
  const { exitCode, error } = await end;
  await assertNoneLeft(stdout.text, started);
  return { exitCode, error, stdout: stdout.text, stderr: stderr.text, notes };
}

test("every line comes with its rank, on the output it was written to", async () => {
  const { exitCode, error, stdout, stderr } = await launched(`
    say("hello from " + rank);
    const euro = Buffer.from("€ in pieces\\n");
    for (const byte of euro) fs.writeSync(2, Buffer.of(byte));
    fs.writeSync(2, "no newline");`);
  assert.deepEqual([exitCode, error], [0, null]);
  const lines = stdout.split("\n");
  for (const rank of [0, 1]) {
    assert.ok(lines.includes(`[rank ${rank}] hello from ${rank}`), stdout);
    assert.ok(stderr.includes(`[rank ${rank}] € in pieces\n`), stderr);
    assert.ok(stderr.includes(`[rank ${rank}] no newline\n`), stderr);
  }
  assert.equal(stderr.split("\n").length, 5);
});

test("many long lines of several processes are not mixed, and none is lost", async () => {
  const { exitCode, stdout } = await launched(`
    for (let i = 0; i < 300; i++) process.stdout.write(String(rank).repeat(i * 20) + "\\n");`);
  assert.equal(exitCode, 0);
  for (const rank of [0, 1]) {
    const mine = stdout.split("\n").filter((line) => line.startsWith(`[rank ${rank}] `) && !line.includes("process"));
    assert.deepEqual(
      mine,
      Array.from({ length: 300 }, (_, i) => `[rank ${rank}] ${String(rank).repeat(i * 20)}`),
    );
  }
});

test("every process gets its rank", async () => {
  const names = ["RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "GROUP_RANK", "MASTER_ADDR", "MASTER_PORT"];
  names.push("TORCHELASTIC_RESTART_COUNT", "WEIGHT_SEARCH_LAUNCHER_PID", "KEPT");
  const { stdout } = await launched(`say(${JSON.stringify(names)}.map((name) => process.env[name]).join(" "));`, {
    machines: 3,
    machineRank: 2,
    masterAddress: "node0",
    masterPort: 4000,
    environment: { ...process.env, KEPT: "kept", RANK: "9" },
  });
  for (const rank of [0, 1]) {
    const expected = `[rank ${4 + rank}] ${4 + rank} 6 ${rank} 2 2 node0 4000 0 ${process.pid} kept\n`;
    assert.ok(stdout.includes(expected), `${expected} in ${stdout}`);
  }
});

test("each leads a process group of its own and reads nothing", async () => {
  const { exitCode } = await launched(`
    const [, group] = fs.readFileSync("/proc/self/stat", "utf8").replace(/.*\\) . /, "").split(" ");
    process.exitCode = Number(group) === process.pid && fs.readFileSync(0).length === 0 ? 0 : 3;`);
  assert.equal(exitCode, 0);
});

test("a process that ends with 0 leaves the others alone", async () => {
  const { exitCode, error, stdout } = await launched(`
    if (rank === 1) setTimeout(() => say("still here"), 200);`);
  assert.deepEqual([exitCode, error], [0, null]);
  assert.match(stdout, /^\[rank 1\] still here$/m);
});

test("kill -9 of one ends the others, and it is named", async () => {
  let killed = 0;
  const { exitCode, error } = await launched("stay();", {
    act: async (stdout) => {
      await stdout.until(/process/, 2);
      killed = Number(/^\[rank 1\] process (\d+)$/m.exec(stdout.text)?.[1]);
      process.kill(killed, "SIGKILL");
    },
  });
  assert.equal(error, `rank 1 (process ${killed}) was killed by SIGKILL; the other processes were ended`);
  assert.equal(exitCode, 1);
});

test("a peer that fails in consequence is not named, even when it ends first", async () => {
  const { exitCode, error, stderr } = await launched(
    `fs.writeSync(2, "error: peer\\n");
     if (rank === 1) process.on("SIGTERM", () => process.kill(process.pid, "SIGKILL")), stay();
     meet("ready");
     process.exitCode = 1;`,
  );
  assert.match(error ?? "", /^rank 1 \(process \d+\) was killed by SIGKILL; the other processes were ended$/);
  assert.equal(exitCode, 1);
  assert.match(stderr, /^\[rank 0\] error: peer$/m);
});

test("an exit code is passed on, with what the process said last", async () => {
  const { exitCode, error } = await launched(`
    if (rank === 1) { console.error("trace\\nerror: the reason\\n"); process.exitCode = 7; } else stay();`);
  assert.equal(error, "rank 1 ended with exit code 7: the reason; the other processes were ended");
  assert.equal(exitCode, 7);
});

test("where there are no others, none were ended", async () => {
  const { exitCode, error } = await launched("process.exitCode = 3;", { localWorldSize: 1, started: 1 });
  assert.match(error ?? "", /^rank 0 \(process \d+\) ended with exit code 3$/);
  assert.equal(exitCode, 3);
});

test("who ignores SIGTERM is killed after the grace", async () => {
  const { error, stdout } = await launched(
    `if (rank === 0) { process.on("SIGTERM", () => say("not yet")); stay(); }
     meet("ready");
     if (rank === 1) process.exitCode = 4;`,
    { graceMs: 500 },
  );
  assert.match(error ?? "", /^rank 1 \(process \d+\) ended with exit code 4; the other processes were ended$/);
  assert.match(stdout, /^\[rank 0\] not yet$/m);
});

test("what a process started itself does not hold up the end, and is ended", async () => {
  const { exitCode, stdout } = await launched(
    `const { spawn } = require("node:child_process");
     const held = spawn(process.execPath, ["-e", "setInterval(() => undefined, 1000)"], { stdio: "inherit" });
     held.unref();
     say("process " + held.pid);`,
    { localWorldSize: 1, started: 2 },
  );
  assert.equal(exitCode, 0);
  assert.equal(processIds(stdout).length, 2);
});

test("a program that cannot be started is one error", async () => {
  const stderr = new Collector();
  const end = await launch({
    ...twoFakes(""),
    command: ["/nowhere/node"],
    maxRestarts: 2,
    environment: {},
    outputs: { stdout: stderr, stderr },
    note: () => assert.fail("a restart would not help"),
  });
  assert.deepEqual(end, { exitCode: 1, error: "rank 0 could not be started: spawn /nowhere/node ENOENT" });
  assert.equal(stderr.text, "");
  // Node throws if there is no memory.
  const thrown = await launch({
    ...twoFakes(""),
    command: [process.execPath, "\0"],
    environment: {},
    outputs: { stdout: stderr, stderr },
    note: () => undefined,
  });
  assert.equal(thrown.exitCode, 1);
  assert.match(thrown.error ?? "", /^rank 0 could not be started: /);
});

test("all are restarted as often as allowed, with another port and a restart count", async () => {
  const { exitCode, error, stdout, notes } = await launched(
    `say("port " + process.env.MASTER_PORT + ", restart " + restart);
     meet("said");
     if (restart < 2 && rank === 1) process.exitCode = 5; else if (restart < 2) stay();`,
    { maxRestarts: 3, started: 6 },
  );
  assert.deepEqual([exitCode, error], [0, null]);
  assert.equal(notes.length, 2);
  for (const [i, note] of notes.entries()) {
    assert.match(note, new RegExp(`^rank 1 \\(process \\d+\\) ended with exit code 5; restart ${i + 1} of 3$`));
  }
  for (const restart of [0, 1, 2]) {
    assert.equal(stdout.match(new RegExp(`^\\[rank [01]\\] port \\d+, restart ${restart}$`, "gm"))?.length, 2);
  }
  assert.equal(new Set(stdout.match(/port \d+/g)).size, 3);
});

test("restarts are used up", async () => {
  const { exitCode, error, notes } = await launched(`if (rank === 0) process.kill(process.pid, "SIGSEGV"); stay();`, {
    maxRestarts: 1,
    masterPort: 4000,
    started: 4,
  });
  assert.match(
    error ?? "",
    /^rank 0 \(process \d+\) was killed by SIGSEGV; the other processes were ended; no restart is left of 1$/,
  );
  assert.equal(exitCode, 1);
  assert.equal(notes.length, 1);
});

test("exit code 2, wrong input, is not tried again", async () => {
  const { exitCode, error, notes } = await launched(
    `console.error("error: option --x: expected y, received z"); process.exitCode = 2; if (rank === 0) stay();`,
    { maxRestarts: 3 },
  );
  assert.equal(
    error,
    "rank 1 ended with exit code 2: option --x: expected y, received z; the other processes were ended",
  );
  assert.equal(exitCode, 2);
  assert.deepEqual(notes, []);
});

test("a process that somebody else stops, with 143, stops the run: the others end by themselves", async () => {
  const { exitCode, error, stdout, notes } = await launched(
    `process.on("SIGTERM", () => say("asked"));
     meet("ready");
     if (rank === 1) process.exitCode = 143; else setTimeout(() => say("checkpoint"), 300), (process.exitCode = 143);`,
    { maxRestarts: 3 },
  );
  assert.deepEqual([exitCode, error, notes], [143, null, []]);
  assert.match(stdout, /^\[rank 0\] checkpoint$/m);
  assert.doesNotMatch(stdout, /asked/);
});

test("nothing is left of it in this process", async () => {
  const count = () => ["SIGINT", "SIGTERM", "SIGHUP", "exit"].map((name) => process.listenerCount(name));
  const before = count();
  await launched("");
  assert.deepEqual(count(), before);
});
