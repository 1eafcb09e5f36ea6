import assert from "node:assert/strict";
import { test } from "node:test";
import { trainCommand } from "../commands/train.js";
import { LAUNCH_FLAGS } from "./launch-flags.js";
import { checkResumeFlags } from "./resume.js";
import { TRAIN_FLAGS } from "./train.js";

/** What is refused of a command line; `null` when nothing is. */
function refusal(...typed: string[]): string | null {
  const command = trainCommand();
  command.exitOverride().configureOutput({ outputError: () => undefined });
  let message: string | null = null;
  command.action((_flags, parsed) => {
    try {
      checkResumeFlags(parsed, TRAIN_FLAGS);
    } catch (error) {
      assert.ok(error instanceof Error && error.name === "InputError", String(error));
      message = error.message;
    }
  });
  command.parse(["--resume", "run", ...typed], { from: "user" });
  return message;
}

test("settings that do not affect the result may be given again", () => {
  const allowed = [
    ...["-p", "data", "--download", "--workers", "2", "--on-bad-image", "skip", "--device", "cpu", "--threads", "1"],
    ...[
      "--checkpoint-minutes",
      "0",
      "--on-nan",
      "skip",
      "-v",
      "--save",
      "--sync-bn",
      "--backend",
      "gloo",
      "--dist-timeout",
      "60",
    ],
  ];
  assert.equal(refusal(), null);
  assert.equal(refusal(...allowed), null);
  assert.equal(refusal("--gpu", "1"), null);
  assert.equal(refusal("--nproc-per-node", "2", "--max-restarts", "3"), null);
});

test("what is computed may not: every other flag is refused by its name", () => {
  const allowed = new Set([
    "resume",
    "path",
    "download",
    "downloadUrl",
    "workers",
    "onBadImage",
    "device",
    "gpu",
    "epochs",
    "teacher",
  ]);
  for (const name of [
    "threads",
    "checkpointMinutes",
    "onNan",
    "syncBn",
    "localRank",
    "verbose",
    "quiet",
    "save",
    "backend",
    "distTimeout",
  ])
    allowed.add(name);
  for (const name of Object.keys(LAUNCH_FLAGS)) allowed.add(name);
  const values: Record<string, string> = {
    "--on-nan": "skip",
    "--precision": "bf16",
    "--weight-scale": "layer",
    "--optimizer": "adamw",
    "--quant-json": "1b",
    "--set": "momentum=0",
  };
  const others = trainCommand().options.filter((option) => !allowed.has(option.attributeName()));
  assert.ok(others.length > 15, `${others.length}`);
  for (const { long, flags } of others) {
    assert.ok(long);
    const value = flags.includes("<") ? [values[long] ?? "1"] : [];
    const message = refusal(long, ...value);
    assert.ok(message?.startsWith(`option ${long}: expected none with --resume`), `${long}: ${message}`);
  }
  assert.match(refusal("--no-save") ?? "", /^option --no-save: expected none with --resume/);
});

test("a flag that says what the default is anyway was typed all the same", () => {
  assert.match(refusal("--seed", "0") ?? "", /^option --seed: /);
  assert.match(refusal("-o", "results") ?? "", /^option --work-dir: /);
});
