import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import { loadTrainingConfig, parseTrainingConfig } from "../src/config/training.js";
import { parseTransforms } from "../src/config/transform.js";
import { packedShapes } from "../src/formats/packed/metadata.js";
import { parseHeader } from "../src/formats/safetensors-header.js";
import { readRunConfig } from "../src/run/config.js";
import { RUN_FILES } from "../src/run/directory.js";
import { readMetrics } from "../src/run/metrics-jsonl.js";
import { checkValueSet } from "../src/search/value-set.js";
import { InputError } from "../src/text/errors.js";
import { writeFakeRun } from "./support/fake-run.js";

const folder = mkdtempSync(join(tmpdir(), "any-json-"));
after(() => rmSync(folder, { recursive: true }));
const path = join(folder, "file.json");

const RECIPE = {
  init_lr: 0.1,
  weight_decay: 0,
  momentum: 0.9,
  batch_size: 8,
  epochs: 3,
  lr_scheduler: "Step",
  milestones: [1, 2],
};
const run = writeFakeRun(join(folder, "run"), { valTop1: [0.5] });
const object = (name: string): Record<string, unknown> => JSON.parse(readFileSync(join(run, name), "utf8"));

function inFile<Result>(read: (path: string) => Result): (json: unknown) => Result {
  return (json) => {
    writeFileSync(path, `${JSON.stringify(json)}\n`);
    return read(path);
  };
}

/** What reads each kind of JSON, and a good example. */
const KINDS: Record<string, { read: (json: unknown) => unknown; good: Record<string, unknown> | readonly number[] }> = {
  "a training recipe": { read: (json) => parseTrainingConfig(json, path), good: RECIPE },
  transforms: {
    read: (json) => parseTransforms(json, path),
    good: { train: [{ name: "CenterCrop", args: { size: 8 } }, { name: "ToTensor" }], val: [{ name: "ToTensor" }] },
  },
  "config.json": { read: inFile(readRunConfig), good: object(RUN_FILES.config) },
  "a line of metrics.jsonl": { read: inFile(readMetrics), good: object(RUN_FILES.metrics) },
  "a safetensors header": {
    read: (json) => parseHeader(JSON.stringify(json), 8, path),
    good: { __metadata__: { format: "pt" }, a: { dtype: "F32", shape: [2], data_offsets: [0, 8] } },
  },
  "the shapes of a packed model": {
    read: (json) => packedShapes({ packed_format: "weight-search/1", packed_shapes: JSON.stringify(json) }, path),
    good: { "conv1.weight": [1, 2], "conv2.weight": [] },
  },
  "a value set": {
    read: (json) => checkValueSet(json, path),
    good: [-1, 0, 1],
  },
};

const HEADS = /\.json(: line 1)?: /;

for (const [kind, { read, good }] of Object.entries(KINDS)) {
  test(`${kind}: any JSON is taken or refused with one line that starts with the file`, () => {
    assert.doesNotThrow(() => read(good));
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        try {
          read(json);
        } catch (error) {
          assert.ok(error instanceof InputError, `${(error as Error).stack}`);
          assert.ok(error.message.startsWith(path) && HEADS.test(error.message), error.message);
        }
      }),
      { numRuns: 60 },
    );
  });

  test(`${kind}: where one value of a good one is any JSON, the error names its key`, () => {
    const change = fc.tuple(fc.constantFrom(...Object.keys(good)), fc.jsonValue());
    fc.assert(
      fc.property(change, ([key, value]) => {
        try {
          read(Array.isArray(good) ? good.with(Number(key), value) : { ...good, [key]: value });
        } catch (error) {
          assert.ok(error instanceof InputError, `${(error as Error).stack}`);
          assert.ok(error.message.startsWith(path), error.message);
          assert.ok(error.message.includes(key), `${key}: ${error.message}`);
        }
      }),
      { numRuns: 100 },
    );
  });
}

test("any recipe that is one comes back from its file with the values it was written with", () => {
  const positive = fc.double({ min: 1e-6, max: 100, noNaN: true });
  const fraction = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  const count = fc.integer({ min: 1, max: 1_000_000 });
  const recipe = fc.record({
    init_lr: fc.double({ min: 0.1, max: 100, noNaN: true }),
    weight_decay: fc.double({ min: 0, max: 1, noNaN: true }),
    momentum: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    batch_size: count,
    epochs: count,
    lr_scheduler: fc.constantFrom("Step" as const, "Cos" as const),
    lr_step: fc.constantFrom("epoch" as const, "batch" as const),
    gamma: positive,
    milestones: fc.uniqueArray(count, { maxLength: 5 }).map((list) => list.sort((a, b) => a - b)),
    eta_min: fc.double({ min: 0, max: 0.1, noNaN: true }),
    label_smoothing: fraction,
    optim: fc.record({
      name: fc.constantFrom("sgd" as const, "adamw" as const, "own" as const),
      options: fc.dictionary(fc.constantFrom("a", "b"), fc.oneof(fc.boolean(), count)),
      beta1: fraction,
      beta2: fraction,
      eps: positive,
      clip_norm: positive,
      accumulate: count,
      ema: fc.double({ min: 0.1, max: 0.9, noNaN: true }),
      norms: fc.record({ lr_scale: positive, weight_decay: fraction }),
      logits: fc.record({
        lr_scale: positive,
        lr_unit: fc.constantFrom("plain" as const, "float" as const),
        weight_decay: fraction,
        momentum: fraction,
      }),
    }),
    temp: positive,
    init_temp: positive,
    temp_anneal_rate: positive,
    temp_anneal_step: count,
    temp_min: positive,
    temp_anneal_begin: fc.double({ min: 0, max: 0.5, noNaN: true }),
    temp_anneal_end: fc.double({ min: 0.6, max: 1, noNaN: true }),
    soft_epochs: count,
    random: positive,
    init_random: positive,
    random_anneal_rate: positive,
    random_anneal_step: count,
  });
  fc.assert(
    fc.property(recipe, (json) => {
      writeFileSync(path, JSON.stringify(json));
      // A zero below 0 is written as 0.
      assert.deepEqual(loadTrainingConfig(path), {
        initLr: json.init_lr,
        weightDecay: json.weight_decay + 0,
        momentum: json.momentum + 0,
        batchSize: json.batch_size,
        epochs: json.epochs,
        lrScheduler: json.lr_scheduler,
        lrStep: json.lr_step,
        gamma: json.gamma,
        milestones: json.milestones,
        etaMin: json.eta_min + 0,
        warmupEpochs: 0,
        labelSmoothing: json.label_smoothing + 0,
        optim: {
          name: json.optim.name,
          options: { ...json.optim.options },
          nesterov: false,
          beta1: json.optim.beta1 + 0,
          beta2: json.optim.beta2 + 0,
          epsilon: json.optim.eps,
          clipNorm: json.optim.clip_norm,
          accumulate: json.optim.accumulate,
          ema: json.optim.ema,
          norms: { lrScale: json.optim.norms.lr_scale, weightDecay: json.optim.norms.weight_decay + 0 },
          logits: {
            lrScale: json.optim.logits.lr_scale,
            lrUnit: json.optim.logits.lr_unit,
            weightDecay: json.optim.logits.weight_decay + 0,
            momentum: json.optim.logits.momentum + 0,
          },
        },
        logitInit: "uniform",
        firstTemperature: json.temp,
        initTemperature: json.init_temp,
        temperatureAnnealRate: json.temp_anneal_rate,
        temperatureAnnealStep: json.temp_anneal_step,
        temperatureMin: json.temp_min,
        temperatureAnnealBegin: json.temp_anneal_begin + 0,
        temperatureAnnealEnd: json.temp_anneal_end,
        temperatureFinal: null,
        softEpochs: json.soft_epochs,
        firstNoiseScale: json.random,
        initNoiseScale: json.init_random,
        noiseAnnealRate: json.random_anneal_rate,
        noiseAnnealStep: json.random_anneal_step,
      });
    }),
    { numRuns: 50 },
  );
});
