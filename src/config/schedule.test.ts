import assert from "node:assert/strict";
import { test } from "node:test";
import { InputError } from "../text/errors.js";
import { checkSchedule } from "./schedule.js";
import { parseTrainingConfig } from "./training.js";

const REQUIRED = { init_lr: 0.1, weight_decay: 0, momentum: 0.9, batch_size: 8, epochs: 200, lr_scheduler: "Cos" };

function check(keys: Record<string, number>): void {
  checkSchedule(parseTrainingConfig({ ...REQUIRED, ...keys }, "r.json"), "r.json");
}

test("annealing that float32 holds is taken, to the last epoch", () => {
  check({ init_temp: 1, temp_anneal_rate: 0.5, temp_min: 1e-30 });
  check({ temp: 1e30, random: 1e30, init_random: 0 });
  check({ init_temp: 1, temp_anneal_rate: 1.06, random: 0, init_random: 1, random_anneal_rate: 0 });
});

test("warm-up leaves epochs to what follows", () => {
  const recipe = parseTrainingConfig({ ...REQUIRED, lr_step: "batch", warmup_epochs: 2.5 }, "r.json");
  checkSchedule({ ...recipe, epochs: 3 }, "r.json");
  assert.throws(() => checkSchedule({ ...recipe, epochs: 2 }, "r.json"), {
    name: "InputError",
    message: "r.json: warmup_epochs: expected less than the epochs (2), found 2.5",
  });
});

test("a final temperature is held by float32 too", () => {
  check({ temp_final: 1e-30, temp_min: 1e-30 });
});

const CASES: readonly [keys: Record<string, number>, message: RegExp][] = [
  [
    { temp: 1e-320 },
    /^r\.json: temperature of epoch 1, by temp: expected a number from 1e-30 to 1e\+30, found 1e-320$/,
  ],
  [{ temp: 1, init_temp: 1e31 }, /temperature of epoch 2, by init_temp, temp_anneal_rate and temp_anneal_step: /],
  [{ temp_anneal_rate: 0.5, temp_min: 1e-31 }, /temperature of epoch 200, .* found 1e-31$/],
  [{ temp_final: 1e300 }, /temperature of epoch 200, by init_temp and temp_final: .* found /],
  [{ soft_epochs: 201 }, /^r\.json: soft_epochs: expected at most the epochs \(200\), found 201$/],
  [{ temp_anneal_rate: 2 }, /temperature of epoch 200, .* found 8\.03\d+e\+59$/],
  [{ random: 1e300 }, /noise scale of epoch 1, by random: expected a number from 0 to 1e\+30, found 1e\+300$/],
  [
    { random: 0, init_random: 1, random_anneal_rate: 1e300 },
    /noise scale of epoch 2, by init_random, .* found 1e\+300$/,
  ],
];

for (const [keys, message] of CASES) {
  test(`${JSON.stringify(keys)} is refused before training starts`, () => {
    assert.throws(
      () => check(keys),
      (error) => error instanceof InputError && message.test(error.message),
    );
  });
}
