import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import {
  beginTiny,
  resumeTiny,
  type TinyEnd,
  TinyNetwork,
  type TinyOptions,
  type TinyTrial,
  tinySources,
} from "../../tests/support/tiny-training.js";
import { type BatchSource, batchesOf, type PreparedBatch } from "../data/batch-source.js";
import { epochPermutation } from "../data/shuffle.js";
import type { Module } from "../nn/module.js";
import { CheckpointFolder } from "../run/checkpoint-folder.js";
import { type BatchPlace, BEGINNING, type RunProgress } from "../run/progress.js";
import { add, addInPlace, mul } from "../tensor/arithmetic.js";
import { noGrad } from "../tensor/autograd.js";
import { sum } from "../tensor/reduce.js";
import { setThreads } from "../tensor/runtime.js";
import { liveTensors, scope, type Tensor } from "../tensor/tensor.js";
import { BufferCopy, DivergedError, gradientNorm, layerNorms } from "./divergence.js";
import { MAX_ROLLBACKS } from "./divergence-policy.js";

before(() => setThreads(1));

const root = mkdtempSync(join(tmpdir(), "divergence-"));
after(() => rmSync(root, { recursive: true }));

function emptyFolder(): string {
  return mkdtempSync(join(root, "run-"));
}

const TRIAL: TinyTrial = { values: [-1, -0.5, 0.5, 1], images: 12 };
const BATCH_SIZE = 2;
const SEED = 11;

/** A trial's training images, those of some batches times a number. */
function scaled(trial: TinyTrial, isScaled: (place: BatchPlace) => boolean, factor: number): BatchSource {
  const { train } = tinySources(trial);
  const { count, channels, height, width, mayLeaveOut } = train;
  return {
    count,
    channels,
    height,
    width,
    mayLeaveOut,
    open(given, augmentation) {
      const batches = [...given];
      const stream = train.open(batches, augmentation);
      const epoch = augmentation?.epoch ?? 0;
      // A resumed epoch opens the rest of its batches; the first one gives their size, unless it is the last.
      const whole = [...batchesOf(epochPermutation(count, SEED, epoch), batches[0]?.length ?? 1)];
      let batch = whole.length - batches.length;
      return {
        close: () => stream.close(),
        async next(): Promise<PreparedBatch | null> {
          const prepared = await stream.next();
          if (prepared === null || !isScaled({ epoch, batch: batch++ })) return prepared;
          return {
            ...prepared,
            tensors: () => {
              const { images, labels } = prepared.tensors();
              return { images: noGrad(() => mul(images, factor)), labels };
            },
          };
        },
      };
    },
  };
}

/** Makes the images of these batches NaN. */
function poisoned(trial: TinyTrial, ...places: readonly BatchPlace[]): BatchSource {
  const isBad = ({ epoch, batch }: BatchPlace) => places.some((bad) => bad.epoch === epoch && bad.batch === batch);
  return scaled(trial, isBad, Number.NaN);
}

/** The run that never saw these batches. */
function without(trial: TinyTrial, ...leftOut: readonly BatchPlace[]): Promise<TinyEnd> {
  return beginTiny(trial, { start: { ...BEGINNING, leftOut } });
}

function progressIn(folder: string): RunProgress {
  return new CheckpointFolder(folder).newest().progress;
}

function everyBatch(epoch: number): BatchPlace[] {
  return Array.from({ length: TRIAL.images / BATCH_SIZE }, (_, batch) => ({ epoch, batch }));
}

for (const place of [
  { epoch: 0, batch: 0 },
  { epoch: 0, batch: 3 },
  { epoch: 1, batch: 5 },
]) {
  const where = `batch ${place.batch} of epoch ${place.epoch}`;

  test(`stop: ${where} ends the run, which says when and how large everything was`, async () => {
    const source = poisoned(TRIAL, place);
    await assert.rejects(beginTiny(TRIAL, { source }), (error: unknown) => {
      assert.ok(error instanceof DivergedError);
      const step = place.epoch * 6 + place.batch + 1;
      assert.equal(
        error.message,
        `epoch ${place.epoch + 1}, batch ${place.batch + 1} (step ${step}): the training loss is NaN; ` +
          "a smaller init_lr or temperature annealing may help",
      );
      assert.deepEqual(error.place, place);
      const names = ["bn0.weight", "bn0.bias", "bn1.weight", "bn1.bias", "fc.weight", "fc.bias"];
      assert.deepEqual(
        error.layers.map(({ name }) => name),
        [...names, "conv0.alpha", "conv1.alpha"],
      );
      for (const { name, value, gradient } of error.layers) {
        assert.ok(Number.isFinite(value), name);
        assert.ok(step === 1 ? gradient === null : Number.isFinite(gradient), `${name}: ${gradient}`);
      }
      return true;
    });
  });

  test(`skip: no step is taken with ${where}, and nothing else is changed by it`, async () => {
    const skipped = await beginTiny(TRIAL, { source: poisoned(TRIAL, place), onNan: "skip" });
    assert.deepEqual(skipped, await without(TRIAL, place));
    assert.deepEqual(
      skipped.epochs.map((epoch) => "skippedSteps" in epoch && epoch.skippedSteps),
      [0, 1].map((epoch) => Number(epoch === place.epoch)),
    );
  });

  test(`rollback: ${where} is left out, as if it had never been`, async () => {
    const expected = await without(TRIAL, place);
    for (const every of [1, 2, 4]) {
      const folder = emptyFolder();
      const source = poisoned(TRIAL, place);
      assert.deepEqual(await beginTiny(TRIAL, { folder, source, onNan: "rollback", every }), expected);
      assert.deepEqual(progressIn(folder).leftOut, [place]);
    }
  });
}

test("skip makes no difference where there is nothing to skip", async () => {
  assert.deepEqual(await beginTiny(TRIAL, { onNan: "skip" }), await beginTiny(TRIAL));
});

test("skip, where a device keeps the sums, notices it by the gradient", async () => {
  const place = { epoch: 0, batch: 2 };
  const execution = { bf16On: null, sumsOn: "cpu" };
  const skipped = await beginTiny(TRIAL, { source: poisoned(TRIAL, place), onNan: "skip", execution });
  assert.deepEqual(skipped, await without(TRIAL, place));
});

/** Adds nothing to the logits of one training step, by a way whose gradient is infinite. */
function infiniteGradient(step: number): (network: Module) => void {
  return (network) => {
    const forward = network.forward.bind(network);
    let steps = 0;
    network.forward = (input: Tensor, mode) => {
      const logits = forward(input, mode);
      if (mode === "eval" || ++steps !== step) return logits;
      return add(logits, [1e-30, 1e-30, 1e30, 1e30].reduce(mul, logits));
    };
  };
}

test("skip: an infinite gradient is as bad as an infinite loss; its batch statistics are not kept", async () => {
  const skipped = await beginTiny(TRIAL, { change: infiniteGradient(3), onNan: "skip" });
  assert.deepEqual(skipped, await without(TRIAL, { epoch: 0, batch: 2 }));
});

test("without skip, what an infinite gradient did is noticed before it is saved", async () => {
  const folder = emptyFolder();
  const options = { folder, every: 3, change: infiniteGradient(6) };
  await assert.rejects(beginTiny(TRIAL, options), {
    name: "DivergedError",
    message:
      /^epoch 1, batch 6 or before: \S+ is no longer finite; a smaller init_lr or temperature annealing may help$/,
  });
  assert.equal(progressIn(folder).pass?.batch, 3);
});

test("skip gives up after ten steps in a row", async () => {
  const trial = { ...TRIAL, images: 40 };
  const from = (first: number, last: number) =>
    scaled(trial, ({ batch }) => batch >= first && batch <= last, Number.NaN);
  const nine = await beginTiny({ ...trial, recipe: { epochs: 1 } }, { source: from(3, 11), onNan: "skip" });
  assert.deepEqual(
    nine.epochs.map((epoch) => "skippedSteps" in epoch && epoch.skippedSteps),
    [9],
  );
  await assert.rejects(beginTiny(trial, { source: from(3, 12), onNan: "skip" }), {
    name: "DivergedError",
    message:
      "epoch 1, batch 13 (step 13): loss or gradient of 10 batches in a row is not finite; a smaller init_lr or " +
      "temperature annealing may help",
  });
});

test("rollback: several batches, and a stop after them", async () => {
  const bad = [
    { epoch: 0, batch: 2 },
    { epoch: 0, batch: 4 },
    { epoch: 1, batch: 1 },
  ];
  const expected = await without(TRIAL, ...bad);
  const source = poisoned(TRIAL, ...bad);
  for (let stopAt = 1; stopAt <= 20; stopAt++) {
    const folder = emptyFolder();
    const begun = await beginTiny(TRIAL, { folder, source, onNan: "rollback", every: 1, stopAt });
    // What was left out is known to the next process.
    const end = begun.outcome === "finished" ? begun : await resumeTiny(TRIAL, { folder, source, onNan: "rollback" });
    assert.deepEqual(end, expected, `stopped at ${stopAt}`);
  }
});

test("rollback gives up after ten rollbacks, including those of earlier processes", async () => {
  const bad = [0, 1].flatMap(everyBatch).slice(1);
  const folder = emptyFolder();
  const source = poisoned(TRIAL, ...bad);
  const options = { folder, source, onNan: "rollback", every: 1 } satisfies TinyOptions;
  const stopped = await beginTiny(TRIAL, { ...options, stopAt: 4 });
  assert.equal(stopped.outcome, "stopped");
  assert.equal(progressIn(folder).leftOut.length, 3);
  await assert.rejects(resumeTiny(TRIAL, options), {
    name: "DivergedError",
    message: new RegExp(
      `^epoch 2, batch 6 \\(step 12\\): the training loss is NaN; .* \\(went back ${MAX_ROLLBACKS} times`,
    ),
  });
});

test("rollback without checkpoints is a stop", async () => {
  const source = poisoned(TRIAL, { epoch: 0, batch: 1 });
  await assert.rejects(beginTiny(TRIAL, { source, onNan: "rollback" }), { name: "DivergedError" });
});

test("a batch that is left out and empty is one batch", async () => {
  const { train } = tinySources(TRIAL);
  const empty: BatchSource = {
    ...scaled(TRIAL, () => false, 1),
    open: (batches, augmentation) => {
      const stream = train.open(batches, augmentation);
      let batch = 0;
      return {
        close: () => stream.close(),
        async next() {
          const prepared = await stream.next();
          return prepared && batch++ === 1 ? { ...prepared, count: 0, skipped: prepared.count } : prepared;
        },
      };
    },
  };
  const folder = emptyFolder();
  const leftOut = [{ epoch: 0, batch: 1 }];
  await beginTiny(TRIAL, { folder, source: empty, start: { ...BEGINNING, leftOut }, stopAt: 3 });
  assert.equal(progressIn(folder).pass?.batch, 3);
});

test("norms are those of values and gradients", () => {
  const network = new TinyNetwork(null);
  assert.equal(gradientNorm(network), 0);
  assert.ok(layerNorms(network).every(({ gradient }) => gradient === null));
  const named = new Map(network.namedParameters());
  const bias = named.get("bn0.bias");
  const weight = named.get("bn0.weight");
  assert.ok(bias && weight);
  // L = Σ (3 weight + 4 bias), of four elements each.
  sum(add(mul(weight, 3), mul(bias, 4))).backward();
  assert.equal(gradientNorm(network), 10);
  const norms = new Map(layerNorms(network).map(({ name, ...rest }) => [name, rest]));
  assert.deepEqual(norms.get("bn0.weight"), { value: 2, gradient: 6 });
  assert.deepEqual(norms.get("bn0.bias"), { value: 0, gradient: 8 });
  assert.equal(norms.get("fc.weight")?.gradient, null);
});

test("a network's buffers are put back as they were", () => {
  const network = new TinyNetwork(null);
  const bytes = () => scope(() => [...network.namedBuffers()].map(([name, buffer]) => [name, buffer.toArray()]));
  const live = liveTensors();
  const copy = new BufferCopy(network);
  const before = bytes();
  scope(() => copy.take());
  scope(() =>
    noGrad(() => {
      for (const [, buffer] of network.namedBuffers()) addInPlace(buffer, 7);
    }),
  );
  assert.notDeepEqual(bytes(), before);
  scope(() => copy.restore());
  assert.deepEqual(bytes(), before);
  copy.release();
  assert.equal(liveTensors(), live);
});
