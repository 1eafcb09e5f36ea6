import assert from "node:assert/strict";
import { test } from "node:test";
import { InputError } from "../text/errors.js";
import { type ConfigOverrides, overridesText, parseSetting, withOverrides } from "./overrides.js";
import { parseTrainingConfig } from "./training.js";
import { KEY_PATHS, type TrainingConfig } from "./training-keys.js";

const JSON_CONFIG = {
  ...{ init_lr: 0.1, weight_decay: 1e-4, momentum: 0.9, epochs: 200, batch_size: 128, optimizer: "Cos" },
  ...{ temp: 2, soft_epochs: 50 },
};

function configWith(overrides: ConfigOverrides): TrainingConfig {
  return parseTrainingConfig(withOverrides(JSON_CONFIG, overrides), "c.json");
}

function rejects(overrides: object, message: string): void {
  assert.throws(() => withOverrides(JSON_CONFIG, overrides as ConfigOverrides), new InputError(message));
}

test("nothing overridden: the config as it is, its file's object untouched", () => {
  const before = structuredClone(JSON_CONFIG);
  assert.deepEqual(configWith({}), parseTrainingConfig(JSON_CONFIG, "c.json"));
  configWith({ lr: 1, set: { "optim.logits.momentum": 0.5 } });
  assert.deepEqual(JSON_CONFIG, before);
});

test("another number of epochs keeps the share of soft ones, another temperature holds from the first epoch", () => {
  const { epochs, softEpochs, initTemperature, firstTemperature } = configWith({ epochs: 30, temperature: 0.5 });
  assert.deepEqual([epochs, softEpochs, initTemperature, firstTemperature], [30, 8, 0.5, 0.5]);
});

test("a key that is set changes itself alone, and goes before what an option brings along", () => {
  assert.equal(configWith({ set: { epochs: 100 } }).softEpochs, 50);
  assert.equal(configWith({ epochs: 100, set: { soft_epochs: 7 } }).softEpochs, 7);
  const { initTemperature, firstTemperature } = configWith({ set: { init_temp: 3 } });
  assert.deepEqual([initTemperature, firstTemperature], [3, 2]);
});

test("what a key's value is the default of follows: weight decay of the logits", () => {
  assert.equal(configWith({ weightDecay: 0.5 }).optim.logits.weightDecay, 0.5);
  const { weightDecay, optim } = configWith({ weightDecay: 0.5, set: { "optim.logits.weight_decay": 0 } });
  assert.deepEqual([weightDecay, optim.logits.weightDecay], [0.5, 0]);
});

test("a key takes the place of its older name, by either", () => {
  for (const key of ["lr_scheduler", "optimizer"]) {
    const config = configWith({ set: { [key]: "Step", milestones: [3, 5] } });
    assert.deepEqual([config.lrScheduler, config.milestones], ["Step", [3, 5]], key);
  }
});

test("null takes a key back that may be missing", () => {
  const json = { ...JSON_CONFIG, temp_final: 0.1 };
  const parsed = parseTrainingConfig(withOverrides(json, { set: { temp_final: null } }), "c.json");
  assert.equal(parsed.temperatureFinal, null);
  rejects({ set: { epochs: null } }, "`set` epochs: expected an integer ≥ 1, received null");
});

test("the text of every key's value is read by its own kind", () => {
  assert.deepEqual(parseSetting("init_lr=.5"), ["init_lr", 0.5]);
  assert.deepEqual(parseSetting("milestones=[30,60]"), ["milestones", [30, 60]]);
  assert.deepEqual(parseSetting("optimizer=Cos"), ["lr_scheduler", "Cos"]);
  assert.deepEqual(parseSetting("temp_final=null"), ["temp_final", null]);
  assert.deepEqual(parseSetting("optim.logits.lr_unit=float"), ["optim.logits.lr_unit", "float"]);
  // Refused where it is used, as any other value of the wrong kind.
  assert.deepEqual(parseSetting("epochs=1.5"), ["epochs", 1.5]);
  assert.deepEqual(parseSetting("epochs=three"), ["epochs", "three"]);
  assert.deepEqual(parseSetting("epochs="), ["epochs", ""]);
});

test("wrong keys and values are named, with the nearest key", () => {
  const text = (word: string, message: string) => assert.throws(() => parseSetting(word), new InputError(message));
  text("momentum", '`set`: expected a key and its value, such as momentum=0.8, received "momentum"');
  text("=3", '`set`: expected a key and its value, such as momentum=0.8, received "=3"');
  text("momentun=1", '`set`: expected a key of the training config, received "momentun"; did you mean "momentum"?');
  text("lr=1", '`set`: expected a key of the training config, received "lr"; did you mean "init_lr"?');
  text("initLr=1", '`set`: expected a key of the training config, received "initLr"; did you mean "init_lr"?');
  text(
    "lr_scale=1",
    '`set`: expected a key of the training config, received "lr_scale"; did you mean "optim.logits.lr_scale"?',
  );
  text("zzzzzzzz=1", `\`set\`: expected one of ${[...KEY_PATHS.keys()].join(", ")}, received "zzzzzzzz"`);
  rejects(
    { set: { __proto__x: 1 } },
    `\`set\`: expected one of ${[...KEY_PATHS.keys()].join(", ")}, received "__proto__x"`,
  );
  rejects({ set: { momentum: 1 } }, "`set` momentum: expected a number ≥ 0 and < 1, received 1");
  rejects(
    { set: { lr_scheduler: "cos" } },
    '`set` lr_scheduler: expected "Step" or "Cos", received "cos"; did you mean "Cos"?',
  );
  rejects({ set: [] }, "`set`: expected an object of keys and values, received []");
});

test("a key is not given by its option and by its path", () => {
  rejects({ lr: 1, set: { init_lr: 1 } }, "`lr`: expected none with `set` init_lr, which is the same key");
});

test("what is no training config stays so, for the parser to refuse", () => {
  assert.deepEqual(withOverrides([], { lr: 1 }), []);
  const broken = { ...JSON_CONFIG, optim: 3 };
  assert.deepEqual(withOverrides(broken, { set: { "optim.logits.momentum": 0.5 } }), broken);
});

test("messages name the options beside the file", () => {
  assert.equal(overridesText({}), "");
  assert.equal(overridesText({ set: {} }), "");
  assert.equal(overridesText({ epochs: 3 }), ", with `epochs`");
  assert.equal(overridesText({ lr: 1, epochs: 3, set: { momentum: 0 } }), ", with `lr`, `epochs` and `set`");
});
