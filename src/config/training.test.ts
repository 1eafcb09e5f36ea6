import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import { readJsonFile } from "../formats/json-file.js";
import { InputError } from "../text/errors.js";
import { loadTrainingConfig, parseTrainingConfig, resolveTrainingConfig } from "./training.js";

const required = { init_lr: 0.1, weight_decay: 0, momentum: 0.9, batch_size: 128, epochs: 200, lr_scheduler: "Cos" };

/** What `optim` says of the optimizer where a training JSON says nothing. */
const SGD = {
  ...{ name: "sgd", options: {}, nesterov: false, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
  ...{ clipNorm: null, accumulate: 1, ema: null },
};

/** What recipes say when they do not use what the original did not have. */
const PLAIN = {
  warmupEpochs: 0,
  labelSmoothing: 0,
  logitInit: "uniform",
  temperatureAnnealBegin: 0,
  temperatureAnnealEnd: 1,
  temperatureFinal: null,
  softEpochs: 0,
};
const folder = mkdtempSync(join(tmpdir(), "training-"));
after(() => rmSync(folder, { recursive: true }));

test("the required keys alone give a recipe with every default filled in", () => {
  assert.deepEqual(parseTrainingConfig(required, "r.json"), {
    initLr: 0.1,
    weightDecay: 0,
    momentum: 0.9,
    batchSize: 128,
    epochs: 200,
    lrScheduler: "Cos",
    lrStep: "epoch",
    gamma: 0.1,
    milestones: [],
    etaMin: 0,
    ...PLAIN,
    optim: {
      ...SGD,
      norms: { lrScale: 1, weightDecay: 0 },
      logits: { lrScale: 1, lrUnit: "plain", weightDecay: 0, momentum: 0.9 },
    },
    firstTemperature: 1,
    initTemperature: 1,
    temperatureAnnealRate: 1,
    temperatureAnnealStep: 1,
    temperatureMin: 1e-5,
    firstNoiseScale: 0,
    initNoiseScale: 0,
    noiseAnnealRate: 1,
    noiseAnnealStep: 1,
  });
});

test("every key reaches its field", () => {
  const json = {
    init_lr: 0.2,
    weight_decay: 0.3,
    momentum: 0.4,
    batch_size: 5,
    epochs: 6,
    lr_scheduler: "Step",
    lr_step: "batch",
    gamma: 0.7,
    milestones: [8, 9],
    eta_min: 0.01,
    label_smoothing: 0.02,
    optim: {
      ...{
        name: "own",
        options: { x: 3 },
        beta1: 0.26,
        beta2: 0.27,
        eps: 28,
        clip_norm: 29,
        accumulate: 30,
        ema: 0.31,
      },
      norms: { lr_scale: 32, weight_decay: 33 },
      logits: { lr_scale: 20, lr_unit: "float", weight_decay: 21, momentum: 0.22 },
    },
    soft_epochs: 23,
    logit_init: "normal",
    temp_anneal_begin: 0.24,
    temp_anneal_end: 0.25,
    temp: 11,
    init_temp: 12,
    temp_anneal_rate: 13,
    temp_anneal_step: 14,
    temp_min: 15,
    random: 16,
    init_random: 17,
    random_anneal_rate: 18,
    random_anneal_step: 19,
  };
  assert.deepEqual(parseTrainingConfig(json, "r.json"), {
    initLr: 0.2,
    weightDecay: 0.3,
    momentum: 0.4,
    batchSize: 5,
    epochs: 6,
    lrScheduler: "Step",
    lrStep: "batch",
    gamma: 0.7,
    milestones: [8, 9],
    etaMin: 0.01,
    warmupEpochs: 0,
    labelSmoothing: 0.02,
    optim: {
      ...{ name: "own", options: { x: 3 }, nesterov: false, beta1: 0.26, beta2: 0.27, epsilon: 28 },
      ...{ clipNorm: 29, accumulate: 30, ema: 0.31 },
      norms: { lrScale: 32, weightDecay: 33 },
      logits: { lrScale: 20, lrUnit: "float", weightDecay: 21, momentum: 0.22 },
    },
    logitInit: "normal",
    firstTemperature: 11,
    initTemperature: 12,
    temperatureAnnealRate: 13,
    temperatureAnnealStep: 14,
    temperatureMin: 15,
    temperatureAnnealBegin: 0.24,
    temperatureAnnealEnd: 0.25,
    temperatureFinal: null,
    softEpochs: 23,
    firstNoiseScale: 16,
    initNoiseScale: 17,
    noiseAnnealRate: 18,
    noiseAnnealStep: 19,
  });
});

test("a final temperature takes the place of a rate", () => {
  assert.equal(parseTrainingConfig({ ...required, temp_final: 0.01 }, "r.json").temperatureFinal, 0.01);
  rejects(
    { temp_final: 0.01, temp_anneal_rate: 0.97 },
    'key "temp_anneal_rate": expected none, or 1, since temp_final says where annealing ends, found 0.97',
  );
  rejects(
    { temp_final: 0.01, temp_anneal_step: 2 },
    'key "temp_anneal_step": expected none, or 1, since temp_final says where annealing ends, found 2',
  );
  rejects({ temp_final: 0.01, temp_min: 0.5 }, 'key "temp_final": expected at least temp_min (0.5), found 0.01');
});

test("annealing ends after it began", () => {
  const keys = { temp_anneal_begin: 0.5, temp_anneal_end: 0.5 };
  rejects(keys, 'key "temp_anneal_end": expected more than temp_anneal_begin (0.5), found 0.5');
});

test("warm-up goes before either schedule, by batch or by whole epochs", () => {
  const warmup = (changes: object) => parseTrainingConfig({ ...required, ...changes }, "r.json").warmupEpochs;
  assert.equal(warmup({ lr_step: "batch", warmup_epochs: 2.5 }), 2.5);
  assert.equal(warmup({ lr_step: "batch", warmup_epochs: 2.5, lr_scheduler: "Step", milestones: [] }), 2.5);
  assert.equal(warmup({ warmup_epochs: 2 }), 2);
  rejects({ warmup_epochs: 0.5 }, 'key "warmup_epochs": expected a whole number, since lr_step is "epoch", found 0.5');
});

test("a group of parameters says what differs from the rest", () => {
  const optim = (given: object) => parseTrainingConfig({ ...required, optim: given }, "r.json").optim;
  const logits = { lrScale: 1, lrUnit: "plain", weightDecay: 0, momentum: 0.9 };
  const norms = { lrScale: 1, weightDecay: 0 };
  assert.deepEqual(optim({}), { ...SGD, norms, logits });
  assert.deepEqual(optim({ logits: {} }), { ...SGD, norms, logits });
  assert.deepEqual(optim({ logits: { lr_scale: 3 } }).logits, { ...logits, lrScale: 3 });
  assert.deepEqual(optim({ norms: { weight_decay: 3 } }).norms, { ...norms, weightDecay: 3 });
  assert.equal(optim({ name: "sgd", nesterov: true }).nesterov, true);
  rejects({ optim: 3 }, 'key "optim": expected a JSON object, found 3');
  rejects(
    { optim: { name: "adam" } },
    'key "optim.name": expected one of "sgd", "adamw", "own", found "adam"; did you mean "adamw"?',
  );
  rejects(
    { optim: { name: "adamw", nesterov: true } },
    'key "optim.nesterov": expected none, since optim.name is "adamw", found true',
  );
  rejects({ optim: { logits: 3 } }, 'key "optim.logits": expected a JSON object, found 3');
  rejects(
    { optim: { norm: {} } },
    'key "optim.norm": expected a known key, found an unknown key; did you mean "norms"?',
  );
  rejects(
    { optim: { logits: { lr: 3 } } },
    'key "optim.logits.lr": expected one of lr_scale, lr_unit, weight_decay, momentum, found an unknown key',
  );
  rejects({ optim: { logits: { lr_scale: 0 } } }, 'key "optim.logits.lr_scale": expected a number > 0, found 0');
  rejects(
    { optim: { logits: { lr_unit: "kaiming" } } },
    'key "optim.logits.lr_unit": expected "plain" or "float", found "kaiming"',
  );
});

test("the first epoch takes the initial temperature and noise unless temp and random say otherwise", () => {
  const recipe = parseTrainingConfig({ ...required, init_temp: 2, init_random: 0.5 }, "r.json");
  assert.equal(recipe.firstTemperature, 2);
  assert.equal(recipe.firstNoiseScale, 0.5);
  const apart = parseTrainingConfig({ ...required, init_temp: 2, temp: 1, init_random: 0.5, random: 0 }, "r.json");
  assert.equal(apart.firstTemperature, 1);
  assert.equal(apart.firstNoiseScale, 0);
});

test("optimizer is read as an older name of lr_scheduler", () => {
  const { lr_scheduler: _, ...older } = required;
  assert.equal(parseTrainingConfig({ ...older, optimizer: "Cos" }, "r.json").lrScheduler, "Cos");
  assert.equal(parseTrainingConfig({ ...required, optimizer: "Cos" }, "r.json").lrScheduler, "Cos");
  rejects(
    { optimizer: "Step", milestones: [1] },
    'key "optimizer": expected the same as lr_scheduler ("Cos"), its newer name, found "Step"',
  );
});

test("each required key is missed by name", () => {
  for (const key of Object.keys(required)) {
    const message = new RegExp(`^r\\.json: key "${key}": expected [^\\n]+, found no such key$`);
    assert.throws(() => parseTrainingConfig({ ...required, [key]: undefined }, "r.json"), {
      name: "InputError",
      message,
    });
  }
  rejects({ lr_scheduler: undefined }, 'key "lr_scheduler": expected "Step" or "Cos", found no such key');
});

test("a value out of range is named", () => {
  rejects({ init_lr: 0 }, 'key "init_lr": expected a number > 0, found 0');
  rejects({ init_lr: Number.POSITIVE_INFINITY }, 'key "init_lr": expected a number > 0, found Infinity');
  rejects({ weight_decay: -1e-4 }, 'key "weight_decay": expected a number ≥ 0, found -0.0001');
  rejects({ momentum: 1 }, 'key "momentum": expected a number ≥ 0 and < 1, found 1');
  rejects({ batch_size: 0 }, 'key "batch_size": expected an integer ≥ 1, found 0');
  rejects({ batch_size: Number.POSITIVE_INFINITY }, 'key "batch_size": expected an integer ≥ 1, found Infinity');
  rejects({ epochs: 1.5 }, 'key "epochs": expected an integer ≥ 1, found 1.5');
  rejects({ gamma: 0 }, 'key "gamma": expected a number > 0, found 0');
  rejects({ eta_min: 0.2 }, 'key "eta_min": expected at most init_lr (0.1), found 0.2');
  rejects({ eta_min: -1 }, 'key "eta_min": expected a number ≥ 0, found -1');
  rejects({ random: -1 }, 'key "random": expected a number ≥ 0, found -1');
  for (const key of ["temp", "init_temp", "temp_anneal_rate", "temp_min"]) {
    rejects({ [key]: 0 }, `key "${key}": expected a number > 0, found 0`);
  }
  for (const key of ["init_random", "random_anneal_rate"]) {
    rejects({ [key]: -1 }, `key "${key}": expected a number ≥ 0, found -1`);
  }
  for (const key of ["temp_anneal_step", "random_anneal_step"]) {
    rejects({ [key]: 0 }, `key "${key}": expected an integer ≥ 1, found 0`);
  }
});

test("a value of the wrong type is named", () => {
  rejects({ init_lr: "0.1" }, 'key "init_lr": expected a number > 0, found "0.1"');
  rejects({ momentum: null }, 'key "momentum": expected a number ≥ 0 and < 1, found null');
  rejects({ temp: [1] }, 'key "temp": expected a number > 0, found [1]');
  rejects({ random: false }, 'key "random": expected a number ≥ 0, found false');
  rejects({ epochs: {} }, 'key "epochs": expected an integer ≥ 1, found an object');
});

test("an unknown choice is named, with the nearest one", () => {
  rejects({ lr_scheduler: "cos" }, 'key "lr_scheduler": expected "Step" or "Cos", found "cos"; did you mean "Cos"?');
  rejects({ lr_step: "batches" }, 'key "lr_step": expected "epoch" or "batch", found "batches"; did you mean "batch"?');
});

test("Step needs increasing milestones, none of them for a constant rate", () => {
  const step = { lr_scheduler: "Step" };
  const expected = "expected a strictly increasing list of integers ≥ 1";
  assert.deepEqual(parseTrainingConfig({ ...required, ...step, milestones: [] }, "r.json").milestones, []);
  rejects(step, `key "milestones": ${expected}, since lr_scheduler is "Step", found no such key`);
  for (const [milestones, found] of [
    [[100, 50], "[100, 50]"],
    [[50, 50], "[50, 50]"],
    [[0, 1], "[0, 1]"],
    [[1.5], "[1.5]"],
    [["50"], '["50"]'],
    [50, "50"],
  ]) {
    rejects({ ...step, milestones }, `key "milestones": ${expected}, found ${found}`);
  }
});

test("an unknown key is named with the nearest known one", () => {
  rejects({ epoch: 3 }, 'key "epoch": expected a known key, found an unknown key; did you mean "epochs"?');
  rejects({ init_tmp: 1 }, 'key "init_tmp": expected a known key, found an unknown key; did you mean "init_temp"?');
  const far = { ...required, learning_rate: 1 };
  assert.throws(
    () => parseTrainingConfig(far, "r.json"),
    /^InputError: r\.json: key "learning_rate": expected one of init_lr, /,
  );
});

test("what is not an object is rejected", () => {
  const parse = (json: unknown) => () => parseTrainingConfig(json, "r.json");
  assert.throws(parse([]), new InputError("r.json: expected a JSON object, found []"));
  assert.throws(parse(null), new InputError("r.json: expected a JSON object, found null"));
});

test("any JSON value gives a recipe or a one-line InputError that names the file", () => {
  const key = fc.constantFrom(...Object.keys(required), "optimizer", "milestones", "eta_min", "temp", "tmep");
  const nearRecipe = fc.dictionary(key, fc.jsonValue()).map((changes) => ({ ...required, ...changes }));
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), nearRecipe), (json) => {
      try {
        parseTrainingConfig(json, "r.json");
      } catch (error) {
        assert.ok(error instanceof InputError);
        assert.match(error.message, /^r\.json: [^\n]+$/);
      }
    }),
    { numRuns: 1000 },
  );
});

test("a file's mistakes are named with its path", () => {
  fileRejects("", "line 1, column 1: expected a JSON value, found the end of the text");
  fileRejects('{"init_lr": 0.1,', "line 1, column 17: expected a key in double quotes, found the end of the text");
  fileRejects('{"epochs": 1, "epochs": 2}', 'line 1, column 15: key "epochs": expected once in an object, found twice');
  fileRejects("[]", "expected a JSON object, found []");
  const infinite = JSON.stringify(required).replace('"init_lr":0.1', '"init_lr":1e999');
  fileRejects(infinite, 'key "init_lr": expected a number > 0, found Infinity');
  assert.throws(() => loadTrainingConfig(folder), new InputError(`${folder}: expected a JSON file, found a directory`));
});

test("the recipes for CIFAR-10 are the original's, with the learning rate moved by batch down to 0", () => {
  const annealing = { temp: 1, init_temp: 1, temp_anneal_rate: 0.97, temp_anneal_step: 1, temp_min: 1e-5 };
  const noise = { random: 0, init_random: 0, random_anneal_rate: 1, random_anneal_step: 1 };
  const shared = {
    momentum: 0.9,
    epochs: 200,
    lr_scheduler: "Cos",
    lr_step: "batch",
    gamma: 0.1,
    milestones: [100, 150],
  };
  assert.deepEqual(readJsonFile(builtInRecipe("resnet20-200")), {
    ...{ init_lr: 0.1, weight_decay: 1e-4, batch_size: 128, ...shared, ...annealing, ...noise },
  });
  assert.deepEqual(readJsonFile(builtInRecipe("vggsmall-200")), {
    ...{ init_lr: 0.02, weight_decay: 5e-4, batch_size: 100, ...shared, ...annealing, ...noise },
  });
  assert.equal(loadTrainingConfig(builtInRecipe("resnet20-200")).etaMin, 0);
});

test("the recipes for ImageNet anneal the temperature at four rates, and LQ-Nets' takes steps", () => {
  const logits = { lrScale: 1, lrUnit: "plain", weightDecay: 1e-4, momentum: 0.9 };
  const optim = { ...SGD, norms: { lrScale: 1, weightDecay: 1e-4 }, logits };
  const shared = { initLr: 0.1, weightDecay: 1e-4, momentum: 0.9, batchSize: 256, gamma: 0.1, ...PLAIN, optim };
  const cosine = { ...shared, lrScheduler: "Cos", lrStep: "batch", milestones: [], etaMin: 0 };
  const annealing = { firstTemperature: 1, initTemperature: 1, temperatureAnnealStep: 1, temperatureMin: 1e-5 };
  const noise = { firstNoiseScale: 0, initNoiseScale: 0, noiseAnnealRate: 1, noiseAnnealStep: 1 };
  for (const [name, epochs, temperatureAnnealRate] of [
    ["resnet18-200", 200, 0.97],
    ["resnet18-120", 120, 0.95],
    ["resnet18-120-fast", 120, 0.94],
    ["resnet18-120-faster", 120, 0.93],
  ] as const) {
    const expected = { ...cosine, ...annealing, ...noise, epochs, temperatureAnnealRate };
    assert.deepEqual(loadTrainingConfig(builtInRecipe(name)), expected, name);
  }
  assert.deepEqual(loadTrainingConfig(builtInRecipe("resnet18-lqnet")), {
    ...{ ...cosine, ...annealing, ...noise, epochs: 120, temperatureAnnealRate: 0.94, temperatureMin: 1e-3 },
    ...{ lrScheduler: "Step", lrStep: "epoch", milestones: [10, 30, 60, 85, 95, 105] },
  });
});

function builtInRecipe(name: string): string {
  return resolveTrainingConfig(name, assert.fail);
}

function rejects(changes: Record<string, unknown>, message: string): void {
  assert.throws(() => parseTrainingConfig({ ...required, ...changes }, "r.json"), new InputError(`r.json: ${message}`));
}

function fileRejects(content: string, message: string): void {
  const path = join(folder, "recipe.json");
  writeFileSync(path, content);
  assert.throws(() => loadTrainingConfig(path), new InputError(`${path}: ${message}`));
}
