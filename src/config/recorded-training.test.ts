import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { builtInNames } from "./built-in-json.js";
import { LOGIT_KEYS, OPTIM_KEYS } from "./optim-keys.js";
import { parseRecordedTraining } from "./recorded-training.js";
import { loadTrainingConfig, parseTrainingConfig, resolveTrainingConfig } from "./training.js";
import type { TrainingKey } from "./training-key.js";
import { TRAINING_KEYS, type TrainingConfig } from "./training-keys.js";

/** The run format in which the newest key came. */
const NEWEST = Math.max(...[TRAINING_KEYS, OPTIM_KEYS, LOGIT_KEYS].flatMap((keys) => formatsOf(keys)));

function formatsOf(keys: Readonly<Record<string, TrainingKey<unknown>>>): number[] {
  return Object.values(keys).map(({ since = 1 }) => since);
}

/** What a run records and reads again. */
const recorded = (recipe: TrainingConfig) =>
  parseRecordedTraining(JSON.parse(JSON.stringify(recipe)), "config.json", NEWEST);

for (const name of builtInNames("training")) {
  test(`${name} comes back as it was recorded`, () => {
    const recipe = loadTrainingConfig(resolveTrainingConfig(name, assert.fail));
    assert.deepEqual(recorded(recipe), recipe);
  });
}

test("so does any training JSON that is taken", () => {
  const above0 = fc.double({ min: 0, minExcluded: true, noNaN: true, noDefaultInfinity: true });
  const atLeast0 = fc.double({ min: 0, noNaN: true, noDefaultInfinity: true });
  const fraction = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  const count = fc.integer({ min: 1 });
  const json = fc.record(
    {
      init_lr: above0,
      weight_decay: atLeast0,
      momentum: fraction,
      batch_size: count,
      epochs: count,
      lr_scheduler: fc.constantFrom("Step", "Cos"),
      milestones: fc.uniqueArray(count).map((numbers) => numbers.sort((a, b) => a - b)),
      lr_step: fc.constantFrom("epoch", "batch"),
      gamma: above0,
      label_smoothing: fraction,
      optim: fc.record({
        name: fc.constantFrom("sgd", "adamw"),
        accumulate: count,
        ema: fc.constantFrom(0.5, 0.999),
        norms: fc.record({ lr_scale: above0, weight_decay: atLeast0 }, { requiredKeys: [] }),
        logits: fc.record(
          { lr_scale: above0, lr_unit: fc.constantFrom("plain", "float"), weight_decay: atLeast0, momentum: fraction },
          { requiredKeys: [] },
        ),
      }),
      logit_init: fc.constantFrom("uniform", "normal"),
      temp: above0,
      init_temp: above0,
      temp_anneal_rate: above0,
      temp_anneal_step: count,
      temp_min: above0,
      temp_anneal_begin: fc.constantFrom(0, 0.3),
      temp_anneal_end: fc.constantFrom(0.9, 1),
      soft_epochs: fc.nat(),
      random: atLeast0,
      init_random: atLeast0,
      random_anneal_rate: atLeast0,
      random_anneal_step: count,
    },
    {
      requiredKeys: ["init_lr", "weight_decay", "momentum", "batch_size", "epochs", "lr_scheduler", "milestones"],
    },
  );
  fc.assert(
    fc.property(json, (given) => {
      const recipe = parseTrainingConfig(given, "r.json");
      assert.equal(JSON.stringify(recorded(recipe)), JSON.stringify(recipe));
    }),
  );
});

const RECIPE = parseTrainingConfig(
  { init_lr: 0.1, weight_decay: 0, momentum: 0.9, batch_size: 8, epochs: 2, lr_scheduler: "Step", milestones: [1] },
  "r.json",
);

test("every key is needed, and is to be what a training JSON may say", () => {
  assert.equal(Object.keys(RECIPE).length, Object.keys(TRAINING_KEYS).length + 1);
  for (const key of Object.keys(RECIPE)) {
    for (const wrong of [undefined, null, "x", -1, {}, [0], [2, 1], true]) {
      // No final temperature is said by null.
      if (key === "temperatureFinal" && wrong === null) continue;
      const json = JSON.parse(JSON.stringify({ ...RECIPE, [key]: wrong }));
      assert.throws(
        () => parseRecordedTraining(json, "config.json", NEWEST),
        (error: unknown) => {
          assert.ok(error instanceof Error && error.name === "InputError", String(error));
          const found = wrong === undefined ? "no such key" : "";
          assert.ok(
            error.message.startsWith(`config.json: key "recipe.${key}`) && error.message.includes(`found ${found}`),
            error.message,
          );
          return true;
        },
      );
    }
  }
});

test("groups of parameters are named to the key", () => {
  const logits = { ...RECIPE.optim.logits, lrScale: 0 };
  assert.throws(() => parseRecordedTraining({ ...RECIPE, optim: { logits } }, "config.json", NEWEST), {
    name: "InputError",
    message: 'config.json: key "recipe.optim.logits.lrScale": expected a number > 0, found 0',
  });
});

/** RECIPE as a run of an older format recorded it. */
function recordedIn(version: number) {
  const known = <Values extends object>(values: Values, keys: Readonly<Record<string, TrainingKey<unknown>>>) =>
    Object.fromEntries(Object.entries(values).filter(([name]) => (keys[name]?.since ?? 1) <= version));
  const { optim, ...values } = RECIPE;
  const groups = version < 4 ? {} : { optim: { logits: known(optim.logits, LOGIT_KEYS) } };
  return { ...known(values, TRAINING_KEYS), ...groups };
}

test("recipes of format 4 have no unit of the rate", () => {
  assert.deepEqual(parseRecordedTraining(recordedIn(4), "config.json", 4), RECIPE);
  const { lrUnit: _, ...logits } = RECIPE.optim.logits;
  for (const [recipe, version] of [
    [{ ...recordedIn(5), optim: { logits } }, 5],
    [recordedIn(5), 4],
  ] as const) {
    assert.throws(
      () => parseRecordedTraining(recipe, "config.json", version),
      /config\.json: key "recipe\.optim\.logits\.lrUnit"/,
    );
  }
});

test("recipes of before format 4 say less, and mean the same", () => {
  const older = recordedIn(3);
  for (const key of ["warmupEpochs", "labelSmoothing", "softEpochs", "logitInit", "temperatureFinal", "optim"]) {
    assert.ok(!(key in older), key);
  }
  assert.deepEqual(parseRecordedTraining(older, "config.json", 3), RECIPE);
  assert.throws(
    () => parseRecordedTraining(older, "config.json", NEWEST),
    /key "recipe\.[a-zA-Z]+": expected .*, found no such key/,
  );
});

test("a key that is none is named, and so is what is no recipe", () => {
  assert.throws(() => parseRecordedTraining({ ...RECIPE, initLR: 1 }, "config.json", NEWEST), {
    name: "InputError",
    message: 'config.json: key "recipe.initLR": expected a known key, found an unknown key; did you mean "initLr"?',
  });
  for (const wrong of [undefined, null, 3, [], "Cos"]) {
    assert.throws(() => parseRecordedTraining(wrong, "config.json", NEWEST), {
      name: "InputError",
      message: /^config\.json: key "recipe": expected a JSON object, found /,
    });
  }
});
