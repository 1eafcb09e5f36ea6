import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeEpoch } from "../../tests/support/fake-run.js";
import { jsonText } from "../text/json.js";
import { JsonFields } from "../text/json-fields.js";
import { BEGINNING, parseProgress, progressText, type RunProgress } from "./progress.js";

const PROGRESS: RunProgress = {
  epochs: [fakeEpoch(1, 0.5), fakeEpoch(2, 0.25, { train: { loss: Number.NaN, top1: 0, top5: 0 } })],
  pass: {
    ...{ batch: 7, loss: 1.5, top1: 3, top5: 4, images: 28, skippedImages: 1, skippedSteps: 2 },
    ...{ seconds: 0.5, dataWaitSeconds: 0.125 },
  },
  leftOut: [{ epoch: 2, batch: 0 }],
};

const parsed = (value: unknown) => parseProgress(new JsonFields(value, "c"), "c");

test("progress comes back from its JSON, numbers that are not finite too", () => {
  for (const progress of [BEGINNING, PROGRESS, { ...PROGRESS, pass: null }]) {
    assert.deepEqual(parsed(JSON.parse(jsonText(progress))), progress);
  }
});

test("where a run stands, in words", () => {
  assert.equal(progressText(BEGINNING), "the beginning");
  assert.equal(progressText(PROGRESS), "epoch 3, batch 7");
  assert.equal(progressText({ ...PROGRESS, pass: null }), "the end of epoch 2");
});

test("every key of a pass is needed, and is to be what it should", () => {
  const keys = Object.keys(PROGRESS.pass ?? {});
  assert.equal(keys.length, 9);
  for (const key of keys) {
    for (const wrong of [undefined, null, "x", -1, []]) {
      // A sum of losses may be any number.
      if (key === "loss" && wrong === -1) continue;
      const pass = JSON.parse(JSON.stringify({ ...PROGRESS.pass, [key]: wrong }));
      assert.throws(() => parsed({ ...BEGINNING, pass }), {
        name: "InputError",
        message: new RegExp(`^c: pass: ${key}: expected `),
      });
    }
  }
});

test("lists are to be lists, of what they should", () => {
  for (const [change, message] of [
    [{ epochs: {} }, "c: epochs: expected a list, found {}"],
    [{ epochs: [3] }, "c: epochs[0]: expected an object, found 3"],
    [{ epochs: [fakeEpoch(1, 0.5), fakeEpoch(1, 0.5)] }, "c: epochs[1]: epoch: expected 2, found 1"],
    [{ leftOut: undefined }, "c: leftOut: expected a list, found nothing"],
    [{ leftOut: [{ epoch: 0 }] }, "c: leftOut[0]: batch: expected a number, found nothing"],
    [{ pass: undefined }, "c: pass: expected an object, found nothing"],
  ] as const) {
    assert.throws(() => parsed({ ...PROGRESS, ...change }), { name: "InputError", message });
  }
});
