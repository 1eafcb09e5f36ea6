// Two machines, as far as a network can tell: two network namespaces with a cable between them.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { MAIN, startProgram } from "../faults/command.js";
import { workersOf } from "../faults/lost-workers.js";
import { checkSame, runIn } from "../faults/trial.js";
import { weightSearch } from "../support/command.js";

const folder = mkdtempSync(join(tmpdir(), "weight-search-machines-"));
const names = [0, 1].map((machine) => `ws${process.pid}-${machine}`);
// A network of documentation's own (RFC 5737).
const address = (machine: number) => `192.0.2.${machine + 1}`;

function ip(...args: readonly string[]): boolean {
  return spawnSync("ip", args, { stdio: "ignore" }).status === 0;
}

/** Makes both machines; false where this user may not. */
function connect(): boolean {
  const [a = "", b = ""] = names;
  if (!names.every((name) => ip("netns", "add", name))) return false;
  const cable = ["link", "add", "eth0", "netns", a, "type", "veth", "peer", "name", "eth0", "netns", b];
  return (
    ip(...cable) &&
    names.every((name, machine) =>
      [
        ["addr", "add", `${address(machine)}/24`, "dev", "eth0"],
        ["link", "set", "eth0", "up"],
        ["link", "set", "lo", "up"],
      ].every((words) => ip("-n", name, ...words)),
    )
  );
}

const isConnected = connect();
after(() => {
  for (const name of names) ip("netns", "delete", name);
  rmSync(folder, { recursive: true });
});

const ARGS = [
  "-q",
  "--quant-json",
  "1b",
  "--epochs",
  "2",
  "--limit-batches",
  "3",
  "--batch-size",
  "8",
  "--threads",
  "1",
];
const skip = isConnected ? false : "making network namespaces is not permitted here, or there is no iproute2";

/** Starts a launcher on each machine. */
function startMachines(workDir: string, flags: readonly string[] = []) {
  return names.map((name, machine) => {
    const node = ["--nnodes", "2", "--node-rank", String(machine), "--master-addr", address(0)];
    const command = [MAIN, "train", "--nproc-per-node", "1", ...node, "--dist-timeout", "60", ...flags, ...ARGS];
    return startProgram("ip", ["netns", "exec", name, process.execPath, ...command, "-o", workDir]);
  });
}

test("two machines train the network that two processes of one do", { skip }, async () => {
  const [one, two] = [join(folder, "one"), join(folder, "two")];
  const alone = weightSearch(["train", "--nproc-per-node", "2", ...ARGS, "-o", one]);
  assert.equal(alone.code, 0, alone.stderr);
  const ended = await Promise.all(startMachines(two).map((machine) => machine.ended));
  assert.deepEqual(
    ended.map(({ code, stderr }) => [code, stderr]),
    [
      [0, ""],
      [0, ""],
    ],
  );
  assert.match(ended[0]?.stdout ?? "", /^\[rank 0\] /);
  assert.equal(ended[1]?.stdout, "");
  checkSame(runIn(one) ?? "", runIn(two) ?? "");
});

for (const lost of [0, 1]) {
  test(`rank ${lost} is lost on its machine: both restart, and are bit-exact`, { skip }, async () => {
    const workDir = join(folder, `lost-${lost}`);
    const machines = startMachines(workDir, ["--max-restarts", "10"]);
    await machines[0]?.printed(/LibTorch/);
    const [worker] = workersOf(machines[lost]?.pid ?? 0);
    assert.ok(worker);
    process.kill(worker.pid, "SIGKILL");
    const ended = await Promise.all(machines.map((machine) => machine.ended));
    assert.deepEqual(
      ended.map(({ code }) => code),
      [0, 0],
      ended.map(({ stderr }) => stderr).join("\n"),
    );
    assert.match(ended[lost]?.stderr ?? "", /was killed by SIGKILL; restart 1 of 10/);
    checkSame(runIn(join(folder, "one")) ?? "", runIn(workDir) ?? "");
  });
}
