import assert from "node:assert/strict";
import { test } from "node:test";
import { trainCommand } from "../commands/train.js";
import { withDashes, workerArguments } from "./worker-arguments.js";

const { options } = trainCommand();

function kept(...words: string[]): string[] {
  return workerArguments(words, options);
}

test("the launcher's flags are left out in every spelling", () => {
  for (const flag of ["nproc-per-node", "nnodes", "node-rank", "master-addr", "master-port", "max-restarts"]) {
    for (const name of [`--${flag}`, `--${flag.replaceAll("-", "_")}`, `--${flag.replace("-", "_")}`]) {
      assert.deepEqual(kept("-q", name, "1", "--soft"), ["-q", "--soft"], name);
      assert.deepEqual(kept("-q", `${name}=1`, "--soft"), ["-q", "--soft"], name);
      assert.deepEqual(kept(name, "1", name, "2"), [], name);
    }
  }
});

test("all other arguments stay, in their order", () => {
  const words = [
    ...["-a", "resnet20", "-dsynthetic", "--epochs=1", "--batch-size", "8", "-qv", "--no-save", "--sync-bn"],
    ...["--quant-json", "[-1, 1]", "-o", "", "--local_rank=0", "--resume", "a b"],
  ];
  assert.deepEqual(kept(...words), words);
  assert.deepEqual(kept(...words.slice(0, 4), "--nproc-per-node", "2", ...words.slice(4)), words);
  assert.deepEqual(kept(), []);
});

test("a value that looks like such a flag stays with its flag", () => {
  for (const before of [["-o"], ["-p"], ["--resume"], ["-qvd"], ["--work-dir"]]) {
    assert.deepEqual(kept(...before, "--nnodes", "--nproc-per-node", "2"), [...before, "--nnodes"], before.join());
  }
  // These have their value in the same argument, or none.
  for (const before of ["-oresults", "-qoresults", "--work-dir=results", "-q", "-qv", "--soft", "--no-save"]) {
    assert.deepEqual(kept(before, "--nnodes", "2", "-v"), [before, "-v"], before);
  }
  assert.deepEqual(kept("--", "--nnodes", "2"), ["--", "--nnodes", "2"]);
});

test("what is left means what all of it meant, as commander reads it", () => {
  const words = ["-qvo", "out", "--nproc_per_node=2", "-dsynthetic", "--max-restarts", "1", "--epochs", "3"];
  const read = (typed: readonly string[]) => {
    const command = trainCommand().exitOverride();
    command.action(() => undefined).parse(typed.map(withDashes), { from: "user" });
    return command.opts();
  };
  const { nprocPerNode, maxRestarts, ...rest } = read(words);
  assert.deepEqual([nprocPerNode, maxRestarts], [2, 1]);
  assert.deepEqual(read(kept(...words)), rest);
});

test("launchers' flags have dashes", () => {
  const words = ["--local_rank", "--local_rank=0", "--nproc_per-node", "--max_restarts=1", "--master_addr=a_b"];
  assert.deepEqual(words.map(withDashes), [
    "--local-rank",
    "--local-rank=0",
    "--nproc-per-node",
    "--max-restarts=1",
    "--master-addr=a_b",
  ]);
  for (const word of ["--batch_size", "local_rank", "-local_rank", "a_b", "--local_ranks", "_"]) {
    assert.equal(withDashes(word), word);
  }
});
