import assert from "node:assert/strict";
import { test } from "node:test";
import { evaluateCommand } from "../commands/evaluate.js";
import { trainCommand } from "../commands/train.js";
import { BY_NAME, knownFlag } from "./foreign-flags.js";

const { options } = trainCommand();

test("flags of other programs lead to ours, with values, underscores and prefixes", () => {
  for (const [typed, flag] of [
    ["--learning-rate", "--lr"],
    ["--learning_rate=0.1", "--lr"],
    ["-b", "--batch-size"],
    ["-b128", "--batch-size"],
    ["--bs=128", "--batch-size"],
    ["--batch_size", "--batch-size"],
    ["--wd", "--weight-decay"],
    ["--arch-name", "--arch"],
    ["--num-epochs", "--epochs"],
    ["--trainer.max_epochs=3", "--epochs"],
    ["--data.batch_size", "--batch-size"],
    ["--momentum", "--set momentum=<value>"],
    ["--label-smoothing=0.1", "--set label_smoothing=<value>"],
    ["--smoothing", "--set label_smoothing=<value>"],
    ["--lr_scale", "--set optim.logits.lr_scale=<value>"],
  ] as const) {
    assert.equal(knownFlag(typed, options), flag, typed);
  }
  assert.equal(knownFlag("--wibble", options), undefined);
  assert.equal(knownFlag("-y", options), undefined);
});

test("a command suggests its own flags only", () => {
  const own = evaluateCommand().options;
  assert.equal(knownFlag("--bs", own), undefined);
  assert.equal(knownFlag("--num-workers", own), "--workers");
});

test("every flag that is suggested is one of train, and no flag of train is taken for another program's", () => {
  const known = new Set(options.flatMap(({ long, short }) => [long, short]));
  for (const [foreign, flag] of BY_NAME) {
    assert.ok(known.has(flag.split(" ")[0]), flag);
    assert.ok(!known.has(foreign), foreign);
  }
});
