import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { MAIN, startWeightSearch } from "../faults/command.js";
import { assertRefused, weightSearch } from "../support/command.js";

const folder = mkdtempSync(join(tmpdir(), "weight-search-launch-"));
after(() => rmSync(folder, { recursive: true }));

const SHORT = ["--epochs", "1", "--limit-batches", "1", "--batch-size", "2", "--threads", "1"];

const REFUSED: readonly [args: readonly string[], message: RegExp, environment?: NodeJS.ProcessEnv][] = [
  [["--nproc-per-node", "0"], /--nproc-per-node: expected a whole number from 1 to 1024, received "0"/],
  [["--nproc_per_node=1025"], /--nproc-per-node: expected a whole number from 1 to 1024, received "1025"/],
  [["--nproc-per-node", "two"], /--nproc-per-node: expected a whole number .*, received "two"/],
  [["--nproc-per-nodes", "2"], /unknown option '--nproc-per-nodes' \(Did you mean --nproc-per-node\?\)/],
  [["--nproc-per-node", "2", "--master_port", "65536"], /--master-port: expected a whole number from 1 to 65535/],
  [["--nproc-per-node", "2", "--master-addr", ""], /--master-addr: expected the name or address of a machine/],
  [["--nproc-per-node", "2", "--master-addr", "a b"], /--master-addr: expected .*, received "a b"/],
  [["--nproc-per-node", "2", "--max-restarts", "-1"], /--max-restarts: expected a whole number from 0 to/],
  [["--nproc-per-node", "2", "--nnodes", "2", "--master-addr", "a"], /--nnodes 2: expected --node-rank/],
  [["--nproc-per-node", "2", "--nnodes", "2", "--node-rank", "1"], /--nnodes 2: expected --master-addr/],
  [["--nproc-per-node", "2", "--node-rank", "1"], /--node-rank: expected a whole number from 0 to 0/],
  [["--nnodes", "2"], /--nnodes says how several processes are started: expected --nproc-per-node with it/],
  [["--node_rank", "0"], /--node-rank says how/],
  [["--master-addr", "a"], /--master-addr says how/],
  [["--master-port", "1"], /--master-port says how/],
  [["--max-restarts", "1"], /--max-restarts says how/],
  [["--nproc-per-node", "2", "--gpu", "1"], /--gpu: expected none, or --device cuda, .*, received 1/],
  [["--nproc-per-node", "2", "--device", "cuda:0"], /--device: expected none, .*, received cuda:0/],
  [["--nproc-per-node", "2", "--local_rank", "0"], /--local_rank: expected none with --nproc-per-node/],
  [["--nproc-per-node", "2"], /found the environment variable WORLD_SIZE, "2"/, { WORLD_SIZE: "2", RANK: "0" }],
  // What the processes would all say is said once.
  [["--nproc-per-node", "2", "--epochs", "0"], /--epochs: expected a whole number >= 1, received "0"/],
  [["--nproc-per-node", "2", "--resume", "run", "--seed", "1"], /--seed: expected none with --resume/],
  [["--nproc-per-node", "2", "resnet20"], /train: expected only options, received "resnet20"/],
];

for (const [args, message, environment] of REFUSED) {
  test(`${args.join(" ")}: one line, exit 2`, () => {
    const workDir = join(folder, "none");
    assertRefused(["train", "-o", workDir, ...args], message, environment);
    assert.equal(existsSync(workDir), false);
  });
}

test("--help lists the launcher's flags in a group with others of distributed runs", () => {
  const { stdout } = weightSearch(["train", "--help"]);
  const [group = ""] = (stdout.split("\nDistributed:\n")[1] ?? "").split("\n\n");
  const flags = ["nproc-per-node", "nnodes", "node-rank", "master-addr", "master-port", "max-restarts"];
  assert.deepEqual(group.match(/(?<=^ {2}--)[\w-]+/gm)?.slice(-flags.length), flags);
});

test("a launched process trains; its lines have its rank, its run none of the launcher's flags", async () => {
  const launcher = startWeightSearch([
    ...["train", "--nproc_per_node=1", "-o", folder, "--max-restarts", "2", ...SHORT, "--epochs", "2"],
  ]);
  const { code, stdout, stderr } = await launcher.ended;
  assert.equal(stderr, "");
  assert.equal(code, 0);
  for (const line of stdout.trimEnd().split("\n")) assert.match(line, /^\[rank 0\] /);
  assert.match(stdout, /^\[rank 0\] +2\/2 /m);
  const [run = ""] = readdirSync(join(folder, "synthetic-resnet20"));
  const config = readFileSync(join(folder, "synthetic-resnet20", run, "config.json"), "utf8");
  assert.doesNotMatch(config, /"(nproc\w*|nnodes|node\w+|master\w*|maxRestarts)"|WEIGHT_SEARCH_LAUNCHER/);
});

test("the launcher itself does not load LibTorch", { skip: process.platform !== "linux" }, async () => {
  const words = ["train", "--nproc-per-node", "1", "--no-save", ...SHORT];
  const launcher = spawn(process.execPath, [MAIN, ...words], { stdio: ["ignore", "pipe", "inherit"] });
  await once(launcher.stdout, "data");
  const hasLibTorch = (id: string | number | undefined) => /libtorch/.test(readFileSync(`/proc/${id}/maps`, "utf8"));
  const { pid: id } = launcher;
  assert.equal(hasLibTorch(id), false);
  assert.equal(hasLibTorch(readFileSync(`/proc/${id}/task/${id}/children`, "utf8").trim()), true);
  launcher.stdout.resume();
  assert.equal((await once(launcher, "close"))[0], 0);
});

test("what a process says of wrong input ends the command with its line and exit code", () => {
  const { code, stdout, stderr } = weightSearch(["train", "--nproc-per-node", "1", "--max-restarts", "3", "-a", "x"]);
  const [said = "", last = "", ...rest] = stderr.split("\n");
  assert.match(said, /^\[rank 0\] error: option -a\/--arch: expected one of .*, received "x"$/);
  assert.equal(last, said.replace("[rank 0] error: ", "error: rank 0 ended with exit code 2: "));
  assert.deepEqual(rest, [""]);
  assert.deepEqual([stdout, code], ["", 2]);
});

for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const) {
  test(`${signal} stops the run after a checkpoint, with exit code ${code} and the process's own message`, async () => {
    const launcher = startWeightSearch([
      ...["train", "--nproc-per-node", "1", "-o", join(folder, signal), ...SHORT, "--epochs", "100000"],
    ]);
    await launcher.printed(/^\[rank 0\] +1\//m);
    launcher.kill(signal);
    const ended = await launcher.ended;
    assert.deepEqual([ended.code, ended.signal], [code, null]);
    assert.match(
      ended.stderr,
      new RegExp(
        `^\\[rank 0\\] stopping after this step; .*\n\\[rank 0\\] stopped by ${signal} after .*; to resume: .*\n$`,
      ),
    );
  });
}

test("a closed pipe ends all in silence", () => {
  const script = `"$0" "$@" 2>&3 3>&- | :; exit "\${PIPESTATUS[0]}"`;
  const words = [MAIN, "train", "--nproc-per-node", "1", "--no-save", ...SHORT];
  const { status, output } = spawnSync("bash", ["-c", script, process.execPath, ...words], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  assert.deepEqual([output[2], output[3], status], ["", "", 141]);
});
