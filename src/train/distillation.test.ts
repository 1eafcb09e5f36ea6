import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { assertNear } from "../../tests/support/near.js";
import { TinyNetwork } from "../../tests/support/tiny-training.js";
import type { ImageDataset } from "../data/dataset.js";
import { makeSynthetic } from "../data/synthetic.js";
import { trainingState } from "../nn/state-dict.js";
import { readRunConfig } from "../run/config.js";
import type { Logger } from "../run/logger.js";
import { randn, tensor } from "../tensor/create.js";
import { crossEntropy, distillationLoss } from "../tensor/loss.js";
import { manualSeed } from "../tensor/runtime.js";
import { Distillation } from "./distillation.js";
import type { TrainOptions, TrainResult } from "./options.js";
import { train } from "./train.js";

const root = mkdtempSync(join(tmpdir(), "distillation-"));
after(() => rmSync(root, { recursive: true }));

const data = makeSynthetic({ seed: 1, trainCount: 16, valCount: 4 });
const COMMON = {
  ...{ network: "resnet20", data, threads: 1, batchSize: 4, epochs: 2, note: () => undefined },
  ...{ config: { init_lr: 0.05, weight_decay: 1e-4, momentum: 0.9, epochs: 2, batch_size: 4, lr_scheduler: "Cos" } },
} satisfies TrainOptions;
const SEARCH = { quantize: true, values: [-1, 1] };

async function run(workDir: string, options: object): Promise<TrainResult & { readonly directory: string }> {
  const result = await train({ ...COMMON, workDir: join(root, workDir), ...options });
  assert.ok(result.directory !== null);
  return { ...result, directory: result.directory };
}

const state = (directory: string) => readFileSync(join(directory, "state.safetensors")).toString("base64");

// Before the first test, which nothing may be awaited after: the hook above would run in between.
const { directory: TEACHER } = await run("teacher", { seed: 5 });
const taught = { ...SEARCH, teacher: TEACHER, teacherTemperature: 2, teacherWeight: 0.75 };
const whole = await run("whole", taught);

test("the loss is (1 − w) of the labels' and w of the teacher's, which stays as it is", () => {
  manualSeed(3);
  const [student, teacher] = [new TinyNetwork([-1, 1]), new TinyNetwork(null)];
  for (const [, weight] of student.namedSearchedWeights()) {
    weight.draw({ temperature: 1, noiseScale: 0, hard: true, seed: 0n, step: 0 });
  }
  const before = [...trainingState(teacher)].map(([name, value]) => [name, value.toArray()]);
  const [images, labels] = [randn([4, 3, 16, 16]), tensor([0, 3, 9, 5], [4], "int64")];
  const logits = student.forward(images, "train");
  const loss = crossEntropy(logits, labels);
  const blended = new Distillation(teacher, { teacherTemperature: 2, teacherWeight: 0.25 }).blend(loss, logits, images);
  const distilled = distillationLoss(logits, teacher.forward(images, "eval"), 2);
  const expected = 0.75 * loss.item() + 0.25 * distilled.item();
  assertNear([blended.item()], [expected], { relative: 1e-6, absolute: 0 });
  blended.backward();
  assert.deepEqual(
    [...trainingState(teacher)].map(([name, value]) => [name, value.toArray()]),
    before,
  );
  for (const [, parameter] of teacher.namedParameters()) assert.equal(parameter.grad, null);
});

test("a teacher changes what is learned; run, model file and several ways to name it are the same", async () => {
  const { settings } = readRunConfig(join(whole.directory, "config.json"));
  const recorded = ["teacher", "teacherArch", "teacherTemperature", "teacherWeight"].map((key) => settings.get(key));
  assert.deepEqual(recorded, [TEACHER, null, 2, 0.75]);
  assert.match(String(settings.get("teacherSha256")), /^[0-9a-f]{64}$/);
  const file = join(root, "teacher.safetensors");
  writeFileSync(file, readFileSync(join(TEACHER, "model.safetensors")));
  const byFile = await run("file", { ...taught, teacher: file, teacherArch: "resnet20" });
  assert.equal(state(byFile.directory), state(whole.directory));
  for (const other of [{ ...SEARCH }, { ...taught, teacherWeight: 0.5 }, { ...taught, teacherTemperature: 1 }]) {
    assert.notEqual(state((await run("other", other)).directory), state(whole.directory));
  }
});

test("a searched run teaches with its hard weights", async () => {
  const searched = await run("searched", { ...taught, teacher: whole.directory });
  const file = join(whole.directory, "packed.safetensors");
  const packed = await run("packed", { ...taught, teacher: file });
  assert.equal(state(searched.directory), state(packed.directory));
});

/** Stops a run within its second epoch; its directory. */
async function stopped(workDir: string): Promise<string> {
  let steps = 0;
  const logger: Logger = {
    step: ({ pass, epoch }) => {
      if (pass === "train" && epoch === 2 && ++steps === 2) process.kill(process.pid, "SIGTERM");
    },
  };
  const { directory, outcome } = await run(workDir, { ...taught, loggers: [logger] });
  assert.equal(outcome, "stopped");
  return directory;
}

test("a resumed run is bit-exact, wherever the teacher is now", async () => {
  const directory = await stopped("stopped");
  const moved = `${TEACHER}-moved`;
  renameSync(TEACHER, moved);
  try {
    await assert.rejects(train({ resume: directory, data }), {
      name: "InputError",
      message: /^`teacher`: .*teacher.*: expected .*, found no such file or directory$/,
    });
    await train({ resume: directory, data, teacher: moved, note: assert.fail });
  } finally {
    renameSync(moved, TEACHER);
  }
  assert.equal(state(directory), state(whole.directory));
});

test("another teacher than the run began with is refused, and one for a run that began without", async () => {
  const directory = await stopped("changed");
  await assert.rejects(train({ resume: directory, data, teacher: whole.directory }), {
    name: "InputError",
    message: /^`teacher`: .*model\.safetensors: expected the model that .* began with, SHA-256 [0-9a-f]{12}…, found /,
  });
  await assert.rejects(train({ resume: TEACHER, data, teacher: TEACHER }), {
    name: "InputError",
    message: /^`teacher`: expected none, as .* began without one$/,
  });
});

test("what is wrong with a teacher is named before anything is written", async () => {
  const workDir = join(root, "none");
  const nameless = join(root, "nameless.safetensors");
  const bytes = readFileSync(join(TEACHER, "model.safetensors"));
  // The same tensors under a header that names no network.
  writeFileSync(nameless, Buffer.from(bytes.toString("latin1").replace('"arch"', '"xrch"'), "latin1"));
  const classes: ImageDataset = { ...data, classNames: [...data.classNames, "one more"] };
  for (const [wrong, message] of [
    [
      { teacher: nameless },
      /^`teacher`: .*nameless\.safetensors: expected `teacherArch` with a file that does not say/,
    ],
    [{ teacher: join(root, "nowhere") }, /^`teacher`: .*nowhere: expected .*found no such file or directory$/],
    [{ teacher: TEACHER, teacherArch: "resnet2" }, /^`network`: expected one of .*did you mean "resnet20"/],
    [
      { teacher: TEACHER, teacherArch: "vgg_small" },
      /^`teacher`: .*: tensor "conv1\.weight": expected shape \[128,3,3,3\], found/,
    ],
    [
      { teacher: TEACHER, data: classes },
      /^`teacher`: .*: tensor "linear\.weight": expected shape \[11,64\], for the data's/,
    ],
    [{ teacherWeight: 0.5 }, /^`teacherWeight` says how a teacher's outputs are learned: expected `teacher` with it$/],
    [{ teacher: TEACHER, teacherWeight: 2 }, /^`teacherWeight`: expected a number from 0 to 1, received 2$/],
    [{ teacher: TEACHER, teacherTemperature: 0 }, /^`teacherTemperature`: expected a number > 0/],
  ] as const) {
    await assert.rejects(
      train({ ...COMMON, workDir, ...wrong }),
      { name: "InputError", message },
      JSON.stringify(wrong).slice(0, 80),
    );
  }
  assert.throws(() => readdirSync(workDir));
});
