import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { after, test } from "node:test";
import { trainCommand } from "../src/cli/commands/train.js";
import type { TrainFlags } from "../src/cli/options/train.js";
import { builtInNames } from "../src/config/built-in-json.js";
import { publishedFiles } from "../src/report/published/published-files.js";
import { lengtheningArguments, trainArguments } from "../src/report/train-command.js";
import { writeConfig } from "../src/run/directory.js";
import { settingsThatAffectResult } from "../src/run/identity.js";
import { readRun } from "../src/run/read-run.js";
import { readRecord } from "../src/run/record.js";
import type { RunSettings } from "../src/run/settings.js";
import { packageRoot } from "../src/system/package-root.js";
import { shellCommand } from "../src/text/shell-quote.js";
import { nextStage } from "../src/train/settings.js";
import { recordOf, settingsOf } from "./support/run-settings.js";

const folder = mkdtempSync(join(tmpdir(), "weight-search-train-command-"));
after(() => rmSync(folder, { recursive: true }));

const OWN_RECIPE = join(folder, "tuned.json");
const builtIn = JSON.parse(readFileSync(join(packageRoot(), "json/training/resnet20-200.json"), "utf8"));
writeFileSync(OWN_RECIPE, JSON.stringify({ ...builtIn, weight_decay: 3e-5, lr_scheduler: "Step", milestones: [3, 9] }));
/** Of a built-in name, and another content. */
const CHANGED_RECIPE = join(folder, "resnet20-200.json");
writeFileSync(CHANGED_RECIPE, JSON.stringify({ ...builtIn, temp_min: 0.01 }));
const OWN_TRANSFORMS = join(folder, "images.json");
writeFileSync(
  OWN_TRANSFORMS,
  JSON.stringify({
    train: [{ name: "RandomResizedCrop", args: { size: [32, 48] } }, { name: "ToTensor" }],
    val: [{ name: "Resize", args: { size: [32, 48] } }, { name: "ToTensor" }],
  }),
);

/** What the real command makes of words. */
function parsed(args: readonly string[]): RunSettings {
  const [name, ...flags] = args;
  assert.equal(name, "train");
  const command = trainCommand().exitOverride();
  const found: RunSettings[] = [];
  command.action((given: TrainFlags) => {
    found.push(settingsOf(given));
  });
  command.parse(flags, { from: "user" });
  const [settings] = found;
  assert.ok(settings !== undefined);
  return settings;
}

/** Records a run as `train` does, publishes it as `publish` does, and gives its folder. */
function published(settings: RunSettings, processes = 1): string {
  const run = mkdtempSync(join(folder, "run-"));
  const data = { train: 100, val: 50, classes: 10, sha256: "ab".repeat(32) };
  const context = { device: "cpu", laterStages: 0, data, processes };
  const teacher = settings.teacher === null ? {} : { teacherSha256: "cd".repeat(32) };
  writeConfig(run, recordOf(settings, { ...context, ...teacher }, new Date(0)));
  const { name, files } = publishedFiles(readRun(run), false, () => undefined);
  const place = join(run, "copies", name);
  mkdirSync(place, { recursive: true });
  for (const [file, text] of files) writeFileSync(join(place, file), text);
  return place;
}

function wordsOf(place: string): string[] {
  const { config, path } = readRun(place);
  assert.ok(config !== null);
  return trainArguments(config, path, { data: "DATA", run: place });
}

const search = { quantizeNetwork: true, quantJson: "1b" };

const CASES: readonly [title: string, flags: TrainFlags, command?: string][] = [
  ["nothing said", {}, "train -a resnet20 -d synthetic --train-json synthetic --seed 0"],
  [
    "the README's search",
    { arch: "resnet20", dataset: "cifar10", path: "/home/me/data", trainJson: "resnet20-200", seed: 3, ...search },
    "train -a resnet20 -d cifar10 -p DATA --train-json resnet20-200 -q --quant-json 1b --seed 3",
  ],
  [
    "a recipe overruled by flags",
    { path: "data", epochs: 3, batchSize: 50, temperature: 0.5, ...search },
    "train -a vgg_small -d cifar10 -p DATA --train-json vggsmall-200 --epochs 3 --batch-size 50 --temperature 0.5 -q --quant-json 1b --seed 0",
  ],
  [
    "keys without a flag of their own",
    { lr: 0.05, weightDecay: 0, set: { momentum: 0.8, "optim.logits.lr_scale": 2, milestones: [3, 9] }, ...search },
    "train -a resnet20 -d synthetic --train-json synthetic --lr 0.05 --weight-decay 0 --set momentum=0.8 --set 'milestones=[3,9]' " +
      "--set optim.logits.lr_scale=2 -q --quant-json 1b --seed 0",
  ],
  ["another optimizer", { optimizer: "adamw", set: { "optim.ema": 0.99, "optim.norms.weight_decay": 0 } }],
  ["a first temperature of its own, of a float network too", { set: { temp: 3, init_temp: 2 } }],
  [
    "a value set without a name",
    { quantizeNetwork: true, quantJson: "[1, 0, -0.1]", soft: true },
    "train -a resnet20 -d synthetic --train-json synthetic -q --quant-json '[1,0,-0.1]' --soft --seed 0",
  ],
  ["outer layers", { ...search, quantizeFirstLayer: true, quantizeLastLayer: true }],
  ["a built-in value set in another order", { quantizeNetwork: true, quantJson: "[1,-1]" }],
  ["a recipe of one's own", { trainJson: OWN_RECIPE }],
  ["the same, overruled", { trainJson: OWN_RECIPE, epochs: 4, temperature: 2, ...search }],
  ["a recipe that has a built-in one's name", { trainJson: CHANGED_RECIPE }],
  ["images", { dataset: "imagenet", path: "images" }],
  ["images prepared otherwise", { dataset: "folder", path: "images", transformJson: "tiny-imagenet" }],
  ["images prepared by a file", { dataset: "folder", path: "images", transformJson: OWN_TRANSFORMS }],
  [
    "everything else",
    {
      ...{ limitBatches: 3, precision: "bf16", syncBn: true, onBadImage: "skip", seed: 2 ** 32 - 1 },
      ...{
        valSplit: 0.1,
        bnCalibration: 7,
        weightScale: "channel",
        fixedScale: true,
        patience: 9,
        soft: true,
        stateBn: true,
        activationBits: 2,
        ...search,
      },
      ...{ onNan: "skip", loadModelState: "/home/me/model.pth", arch: "resnet18" },
      ...{ teacher: "/home/me/teacher.pth", teacherArch: "resnet34", teacherTemperature: 2, teacherWeight: 0.9 },
    },
  ],
  ["the first stage of a progressive search", { quantizeNetwork: true }],
];

for (const [title, flags, command] of CASES) {
  test(`${title}: the command of a published run gives the same settings that affect the result`, () => {
    const settings = settingsOf(flags);
    const place = published(settings);
    const found = wordsOf(place);
    assert.deepEqual(settingsThatAffectResult(parsed(found)), settingsThatAffectResult(settings));
    assert.equal(parsed(found).onNan, settings.onNan);
    if (command !== undefined) assert.equal(shellCommand(found), command);
    // The published configuration is one that everything else reads, too, without a trace of the machine.
    const { config } = readRun(place);
    assert.ok(config !== null);
    assert.deepEqual(settingsThatAffectResult(readRecord(config, place).settings), settingsThatAffectResult(settings));
    const text = readFileSync(join(place, "config.json"), "utf8");
    assert.doesNotMatch(text, /"\/|home\/me/);
  });
}

for (const name of builtInNames("training")) {
  test(`the built-in recipe ${name} goes by its name`, () => {
    const found = wordsOf(published(settingsOf({ trainJson: name })));
    assert.equal(found[found.indexOf("--train-json") + 1], name);
  });
}

test("a later stage of a progressive search starts from the published name of the run before", () => {
  const first = settingsOf({ quantizeNetwork: true, stages: 2 });
  const run = mkdtempSync(join(folder, "stage-"));
  const data = { train: 100, val: 50, classes: 10, sha256: "ab".repeat(32) };
  writeConfig(run, recordOf(first, { device: "cpu", laterStages: 1, data, processes: 1 }, new Date(0)));
  const settings = nextStage(first, run);
  const place = published(settings);
  const found = wordsOf(place);
  assert.deepEqual(settingsThatAffectResult(parsed(found)), settingsThatAffectResult(settings));
  const beside = `${dirname(place)}/synthetic-resnet20-1bit-stage0-synthetic-seed0`;
  assert.ok(found.join(" ").includes(`--active-bit 1 --load-model-state ${beside} `), found.join(" "));
});

test("a float run that starts from a model has another name than one that does not", () => {
  const nameOf = (flags: object) => basename(published(settingsOf(flags)));
  assert.equal(nameOf({}), "synthetic-resnet20-float-synthetic-seed0");
  assert.equal(nameOf({ loadModelState: "/home/me/model.pth" }), "synthetic-resnet20-float-pretrained-synthetic-seed0");
});

test("a run that was lengthened is trained again as it began, and lengthened by the same commands", () => {
  const settings = settingsOf({ trainJson: "resnet20-200", epochs: 300, ...search });
  const run = mkdtempSync(join(folder, "lengthened-"));
  const data = { train: 100, val: 50, classes: 10, sha256: "ab".repeat(32) };
  const record = recordOf(settings, { device: "cpu", laterStages: 0, data, processes: 1 }, new Date(0));
  const entry = { from: 200, to: 300, epochs: 150, batch: 0, at: "2026-01-01T00:00:00.000Z" };
  for (const [changesSchedule, epochs, others] of [
    [false, "--epochs 300 ", []],
    [true, "", [{ args: ["train", "--resume", "RUN", "--epochs", "300"], epochs: 150 }]],
  ] as const) {
    writeConfig(run, { ...record, lengthened: [{ ...entry, changesSchedule }] });
    const { config, path } = readRun(run);
    assert.ok(config !== null);
    const command = shellCommand(trainArguments(config, path, { data: "DATA", run }));
    assert.equal(
      command,
      `train -a resnet20 -d synthetic --train-json resnet20-200 ${epochs}-q --quant-json 1b --seed 0`,
    );
    assert.deepEqual(lengtheningArguments(config, path, "RUN"), others);
    assert.equal(publishedFiles(readRun(run), false, () => undefined).name.includes("from200"), changesSchedule);
  }
});

test("several processes are started again", () => {
  const found = wordsOf(published(settingsOf({ syncBn: true }), 2));
  assert.match(found.join(" "), /--sync-bn --nproc-per-node 2 /);
});

test("an optimizer and a loss function of one's own are published and named beside the run", () => {
  const file = (name: string) => {
    const path = join(folder, name);
    writeFileSync(path, "export default {};");
    return { path, sha256: createHash("sha256").update("export default {};").digest("hex") };
  };
  const { recipe, ...settings } = settingsOf({});
  const own = { name: "lion", file: file("lion.mjs") };
  const optim = { ...recipe.optim, name: "own", options: { beta: 0.5 } };
  const place = published({
    ...settings,
    recipe: { ...recipe, optim },
    ownOptimizer: own,
    ownLoss: { name: "focal", file: file("focal.mjs") },
  });
  const found = wordsOf(place).join(" ");
  assert.ok(
    found.includes(`--set optim.options.beta=0.5 --optimizer ${place}/lion.mjs --loss ${place}/focal.mjs `),
    found,
  );
  assert.equal(basename(place), "synthetic-resnet20-float-lion-focal-synthetic-beta0.5-seed0");
  assert.equal(readFileSync(join(place, "lion.mjs"), "utf8"), "export default {};");
});

test("every setting that affects the result is covered by a case above", () => {
  // Whoever adds one: to SETTINGS or trainArguments, and to a case.
  const known = [
    ...[
      "arch",
      "networkSha256",
      "ownOptimizer",
      "ownLoss",
      "weightScale",
      "fixedScale",
      "patience",
      "dataset",
      "transforms",
      "onBadImage",
      "recipe",
      "search",
      "stage",
      "soft",
      "seed",
      "limitBatches",
    ],
    ...["precision", "syncBn", "valSplit", "bnCalibration", "stateBn", "activationBits"],
    ...["teacherArch", "teacherTemperature", "teacherWeight"],
  ];
  const settings = Object.keys(settingsThatAffectResult(settingsOf({})));
  assert.deepEqual(settings.sort(), known.sort());
});

for (const version of [1, 2, 3]) {
  test(`a run of format ${version} has a command`, () => {
    const { config, path } = readRun(join(packageRoot(), "tests/fixtures/runs", `format-${version}`));
    assert.ok(config !== null);
    assert.equal(
      shellCommand(trainArguments(config, path, { data: "DATA", run: path })),
      "train -a resnet20 -d synthetic --train-json synthetic --epochs 2 --batch-size 16 -q --quant-json 1b --limit-batches 3 --seed 0",
    );
  });
}
