// An optimizer and a loss function of the user's own, in a file each or from a script: trained, recorded, resumed bit-exactly.
import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { OptimizerDefinition } from "../src/optim/definition.js";
import { readRunConfig } from "../src/run/config.js";
import { loadUserModule } from "../src/system/user-module.js";
import { add, mul } from "../src/tensor/arithmetic.js";
import { crossEntropy } from "../src/tensor/loss.js";
import { mean } from "../src/tensor/reduce.js";
import type { Tensor } from "../src/tensor/tensor.js";
import type { LossFunction } from "../src/train/loss-function.js";
import { resume, train } from "../src/train/train.js";
import { weightSearch as run } from "./support/command.js";
import { stoppedRun } from "./support/stopped-run.js";

const root = mkdtempSync(join(tmpdir(), "own-optimizer-"));
after(() => rmSync(root, { recursive: true }));

const LION = join(root, "lion.mjs");
const FOCAL = join(root, "focal.mjs");

// Those that docs/extending.md shows.
for (const [path, word] of [
  [LION, "lion"],
  [FOCAL, "function focal"],
] as const) {
  const blocks = readFileSync("docs/extending.md", "utf8").split("```");
  writeFileSync(path, blocks.find((block) => block.startsWith("js\n") && block.includes(word))?.slice(3) ?? "");
}

const ARGS = ["train", "-a", "mlp", "-d", "synthetic", "--batch-size", "64", "--limit-batches", "6", "--threads", "1"];
const SEARCH = ["-q", "--quant-json", "1b", "--lr", "0.001", "--checkpoint-minutes", "0"];

/** The only run in a work directory. */
function runIn(workDir: string): string {
  const parent = join(workDir, "synthetic-mlp");
  const [name = "", ...others] = readdirSync(parent);
  assert.deepEqual(others, []);
  return join(parent, name);
}

const state = (directory: string) => readFileSync(join(directory, "state.safetensors")).toString("base64");

test("--optimizer FILE and --loss FILE: recorded and evaluated", { timeout: 240_000 }, () => {
  const own = ["--optimizer", LION, "--loss", FOCAL, "--set", "optim.options.beta1=0.8"];
  const whole = run([...ARGS, ...SEARCH, ...own, "--epochs", "2", "-o", join(root, "whole")]);
  assert.equal(whole.code, 0, whole.stderr);
  const expected = runIn(join(root, "whole"));
  const config = readRunConfig(join(expected, "config.json"));
  assert.deepEqual([config.ownOptimizer?.name, config.ownLoss?.name], ["lion", "focal"]);
  assert.deepEqual([config.ownOptimizer?.file?.path, config.ownLoss?.file?.path], [LION, FOCAL]);
  const optim = config.recipe.get("optim") as Record<string, unknown>;
  assert.deepEqual([optim["name"], optim["options"]], ["own", { beta1: 0.8, beta2: 0.99 }]);

  const other = run([...ARGS, ...SEARCH, "--loss", FOCAL, "--epochs", "2", "-o", join(root, "sgd")]);
  assert.equal(other.code, 0, other.stderr);
  assert.notEqual(state(runIn(join(root, "sgd"))), state(expected));

  const evaluated = run(["evaluate", expected, "--json", "--limit-batches", "6"]);
  assert.equal(evaluated.code, 0, evaluated.stderr);
  const { loss } = JSON.parse(evaluated.stdout) as { loss: number };
  const last = readFileSync(join(expected, "metrics.jsonl"), "utf8").trim().split("\n").at(-1) ?? "";
  assert.ok(Math.abs(loss - (JSON.parse(last) as { val: { loss: number } }).val.loss) < 1e-5);
});

const STEPS = {
  ...{ network: "mlp", data: "synthetic", epochs: 2, limitBatches: 4, quantize: true, values: "1b", threads: 1 },
  ...{ batchSize: 64, lr: 0.001, note: () => undefined, checkpointMinutes: 0 },
} as const;

test("from a script: stopped in the middle and resumed bit-exactly, and not without them", {
  timeout: 240_000,
}, async () => {
  const { value } = await loadUserModule(LION, "an optimizer");
  const optimizer = value as OptimizerDefinition;
  const loss: LossFunction = function squared(logits, target) {
    return add(crossEntropy(logits, target), mul(mean(mul(logits, logits)), 0.1));
  };
  const options = { ...STEPS, optimizer, loss };
  const whole = await train({ ...options, workDir: join(root, "script-whole") });
  const directory = await stoppedRun({ ...options, workDir: join(root, "script-cut") }, 6);
  await assert.rejects(resume(directory), /`optimizer`: expected lion, with which .* began, found none/);
  await assert.rejects(train({ resume: directory, optimizer }), /`loss`: expected squared, .*, found none/);
  const resumed = await train({ resume: directory, optimizer, loss, note: () => undefined });
  assert.equal(resumed.outcome, "finished");
  assert.equal(state(directory), state(whole.directory ?? ""));
});

test("from files: stopped in the middle, resumed by their recorded paths, and said where they changed", {
  timeout: 240_000,
}, async () => {
  const options = { ...STEPS, optimizer: LION, loss: FOCAL };
  const whole = await train({ ...options, workDir: join(root, "files-whole") });
  const directory = await stoppedRun({ ...options, workDir: join(root, "files-cut") }, 6);
  appendFileSync(FOCAL, "// Changed.\n");
  const { code, stderr } = run(["train", "--resume", directory]);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /focal\.mjs has changed since the run began/);
  assert.doesNotMatch(stderr, /lion\.mjs has changed/);
  assert.equal(state(directory), state(whole.directory ?? ""));
});

test("files and objects of the wrong kind are one clear line", { timeout: 240_000 }, async () => {
  const file = (name: string, text: string) => {
    writeFileSync(join(root, name), text);
    return join(root, name);
  };
  const create = "create: () => ({ slots: [], steps: null, step() {}, clearGradients() {} })";
  for (const [option, given, message] of [
    ["--optimizer", "adamx", /expected one of sgd, adamw, or a file such as \.\/lion\.js/],
    ["--optimizer", join(root, "none.mjs"), /none\.mjs: expected a file with an optimizer/],
    [
      "--optimizer",
      file("a.mjs", "export default 3;"),
      /a\.mjs: expected an optimizer, an object with name and create/,
    ],
    ["--optimizer", file("b.mjs", "export default { name: 'b' };"), /b\.mjs: create: expected a function/],
    ["--optimizer", file("c.mjs", `export default { name: "sgd", ${create} };`), /c\.mjs: name: expected another one/],
    [
      "--optimizer",
      file("d.mjs", `export default { name: "d", schema: { x: { default: 3, max: 2 } }, ${create} };`),
      /d\.mjs: schema: x: expected a default .* found 3/,
    ],
    ["--optimizer", file("e.mjs", `export default { name: "e", create: () => 1 };`), /optimizer e: expected create/],
    [
      "--optimizer",
      file(
        "f.mjs",
        `export default { name: "f", create: () => ({ slots: [{ name: "weight", parameters: [], logits: [] }], steps: null, step() {}, clearGradients() {} }) };`,
      ),
      /optimizer f: expected slots with names such as "momentum", found "weight"/,
    ],
    [
      "--optimizer",
      file(
        "i.mjs",
        `export default { name: "i", create: ({ parameters, searched }) => {
          const slot = { name: "m", parameters: parameters.map(({ tensor }) => tensor), logits: searched.map(({ momentum }) => momentum) };
          return { slots: [slot, slot], steps: null, step() {}, clearGradients() {} };
        } };`,
      ),
      /optimizer i: expected slots with names of their own, found m twice/,
    ],
    ["--optimizer", "", /expected one of sgd, adamw, or a file/],
    ["--loss", "focal", /expected a file such as \.\/focal-loss\.js/],
    ["--loss", file("g.mjs", "export default {};"), /g\.mjs: expected a loss function/],
    [
      "--loss",
      file("h.mjs", "export default (logits) => logits;"),
      /h\.mjs: expected the loss as a tensor of shape \[\]/,
    ],
  ] as const) {
    const workDir = join(root, "refused");
    const { code, stderr } = run([...ARGS, option, given, "--epochs", "1", "-o", workDir]);
    assert.equal(code, 2, stderr);
    assert.match(stderr, message);
    assert.equal(stderr.trim().split("\n").length, 1, stderr);
  }
  const own = run([...ARGS, "--epochs", "1", "--set", "optim.name=own", "--no-save"]);
  assert.match(own.stderr, /key "optim\.name": expected --optimizer with it/);
  const options = run([...ARGS, "--epochs", "1", "--set", "optim.options.beta3=1", "--optimizer", LION, "--no-save"]);
  assert.match(options.stderr, /key "optim\.options\.beta3": expected a known key, .*did you mean "beta[12]"/);
  const both = run([...ARGS, "--epochs", "1", "--set", "optim.name=sgd", "--optimizer", "adamw", "--no-save"]);
  assert.match(both.stderr, /--optimizer: expected none with --set optim\.name, which is the same key/);
  assert.deepEqual([own.code, options.code, both.code], [2, 2, 2]);
  const tensors: Tensor[] = [];
  await assert.rejects(
    train({ network: "mlp", data: "synthetic", epochs: 1, save: false, loss: tensors as unknown as LossFunction }),
    /`loss`: expected a loss function of logits and target, found \[\]/,
  );
  // What is empty is not taken for missing.
  await assert.rejects(
    train({ network: "mlp", data: "synthetic", epochs: 1, save: false, optimizer: "" }),
    /`optimizer`: expected one of sgd, adamw, or a file such as \.\/lion\.js, received ""/,
  );
});
