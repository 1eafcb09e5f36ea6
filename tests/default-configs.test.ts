import assert from "node:assert/strict";
import { test } from "node:test";
import { loadTrainingConfig, resolveTrainingConfig } from "../src/config/training.js";
import { networks } from "../src/models/registry.js";

for (const [name, { defaultConfig }] of networks) {
  test(`the default training config of ${name} is built in`, () => {
    assert.ok(loadTrainingConfig(resolveTrainingConfig(defaultConfig, assert.fail)).epochs > 0);
  });
}
