import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, beforeEach, test } from "node:test";
import fc from "fast-check";
import { InputError } from "../text/errors.js";
import { jsonText } from "../text/json.js";
import { appendMetrics, type EpochMetrics, readMetrics, writeMetrics } from "./metrics-jsonl.js";

const folder = mkdtempSync(join(tmpdir(), "metrics-"));
const path = join(folder, "metrics.jsonl");
beforeEach(() => rmSync(path, { force: true }));
after(() => rmSync(folder, { recursive: true }));

function epochMetrics(epoch: number): EpochMetrics {
  return {
    epoch,
    lr: 0.1,
    temperature: 0.97,
    noiseScale: 0,
    train: { loss: 1.5, top1: 0.5, top5: 0.9 },
    val: { loss: 1.6, top1: 0.4, top5: 0.8 },
    trainSeconds: 6.4,
    valSeconds: 1,
    imagesPerSecond: 7812.5,
    dataWaitSeconds: 0.01,
    skippedImages: 0,
    skippedSteps: 0,
    peakMemoryBytes: 226_000_000,
  };
}

test("epochs come back as they were appended, numbers that are not finite too", () => {
  const diverged = { ...epochMetrics(2), imagesPerSecond: Infinity, val: { loss: Number.NaN, top1: 0.1, top5: 0.5 } };
  const worse = { ...epochMetrics(3), train: { loss: -Infinity, top1: Number.NaN, top5: 0.5 } };
  for (const metrics of [epochMetrics(1), diverged, worse]) appendMetrics(path, metrics);
  assert.deepEqual(readMetrics(path), [epochMetrics(1), diverged, worse]);
});

const HEALTH = [
  { layer: "layer1.0.conv1", weights: 2304, entropy: 0.75, changed: 0.125, histogram: [0.25, 0.75] },
  { layer: "layer1.0.conv2", weights: 9, entropy: Number.NaN, changed: 0, histogram: [0, 0.888889] },
];

test("the health of a search comes back as it was appended", () => {
  const searched = { ...epochMetrics(1), health: HEALTH };
  appendMetrics(path, searched);
  appendMetrics(path, epochMetrics(2));
  assert.deepEqual(readMetrics(path), [searched, epochMetrics(2)]);
});

test("any epochs come back as they were appended", () => {
  const atLeast0 = fc.double({ min: 0 });
  const pass = fc.record({
    loss: fc.double(),
    top1: fc.double({ min: 0, max: 1 }),
    top5: fc.double({ min: 0, max: 1 }),
  });
  const epoch: fc.Arbitrary<Omit<EpochMetrics, "epoch">> = fc.record({
    lr: atLeast0,
    temperature: atLeast0,
    noiseScale: atLeast0,
    train: pass,
    val: pass,
    trainSeconds: atLeast0,
    valSeconds: atLeast0,
    imagesPerSecond: atLeast0,
    dataWaitSeconds: atLeast0,
    skippedImages: fc.nat(),
    skippedSteps: fc.nat(),
    peakMemoryBytes: fc.maxSafeInteger().map(Math.abs),
  });
  // As text, since a zero below 0 is written as 0.
  const text = (epochs: readonly EpochMetrics[]) =>
    JSON.stringify(epochs, (_, value) => (typeof value === "number" ? String(value) : value));
  fc.assert(
    fc.property(fc.array(epoch, { minLength: 1, maxLength: 4 }), (list) => {
      rmSync(path, { force: true });
      const epochs = list.map((each, index) => ({ epoch: index + 1, ...each }));
      for (const each of epochs) appendMetrics(path, each);
      assert.equal(text(readMetrics(path)), text(epochs));
    }),
    { numRuns: 30 },
  );
});

test("a file is replaced by the completed epochs, possibly none, and continues from there", () => {
  for (const epoch of [1, 2, 3]) appendMetrics(path, epochMetrics(epoch));
  const worse = { ...epochMetrics(2), val: { loss: Number.NaN, top1: 0, top5: 0 }, skippedSteps: 3 };
  writeMetrics(path, [epochMetrics(1), worse]);
  appendMetrics(path, epochMetrics(3));
  assert.deepEqual(readMetrics(path), [epochMetrics(1), worse, epochMetrics(3)]);
  writeMetrics(path, []);
  assert.deepEqual(readMetrics(path), []);
  assert.throws(() => writeMetrics(join(folder, "none", "m"), []), {
    name: "InputError",
    message: /no such file or directory/,
  });
});

test("epochs from before steps were counted that were not taken had none", () => {
  const { skippedSteps: _, ...old } = epochMetrics(1);
  writeFileSync(path, `${JSON.stringify(old)}\n`);
  assert.deepEqual(readMetrics(path), [epochMetrics(1)]);
});

test("a torn last line is left out, wherever it was cut", () => {
  const line = JSON.stringify(epochMetrics(2));
  fc.assert(
    fc.property(fc.nat(line.length), (length) => {
      rmSync(path, { force: true });
      appendMetrics(path, epochMetrics(1));
      writeFileSync(path, line.slice(0, length), { flag: "a" });
      assert.deepEqual(readMetrics(path), [epochMetrics(1)]);
      appendMetrics(path, epochMetrics(2));
      assert.deepEqual(readMetrics(path), [epochMetrics(1), epochMetrics(2)]);
    }),
    { numRuns: 30 },
  );
});

test("an epoch done again takes the place of what followed it", () => {
  for (const epoch of [1, 2, 3, 2]) appendMetrics(path, { ...epochMetrics(epoch), lr: epoch });
  appendMetrics(path, { ...epochMetrics(3), lr: 7 });
  assert.deepEqual(
    readMetrics(path).map(({ epoch, lr }) => [epoch, lr]),
    [
      [1, 1],
      [2, 2],
      [3, 7],
    ],
  );
});

test("what is wrong is named by line and key", () => {
  const assertWrong = (value: unknown, message: string) => {
    writeFileSync(
      path,
      `${JSON.stringify(epochMetrics(1))}\n${typeof value === "string" ? value : JSON.stringify(value)}\n`,
    );
    assert.throws(() => readMetrics(path), { name: "InputError", message: `${path}: line 2: ${message}` });
  };
  assertWrong("{", 'expected a JSON object, found "{"');
  assertWrong("[]", "expected an object, found []");
  assertWrong({ ...epochMetrics(1), epoch: 0 }, "epoch: expected an integer of at least 1, found 0");
  assertWrong(epochMetrics(3), "epoch: expected at most 2, the one after those before, found 3");
  assertWrong({ ...epochMetrics(1), epoch: "NaN" }, 'epoch: expected an integer of at least 1, found "NaN"');
  assertWrong({ ...epochMetrics(1), lr: undefined }, "lr: expected a number, found nothing");
  assertWrong({ ...epochMetrics(1), lr: "0.1" }, 'lr: expected a number, found "0.1"');
  assertWrong({ ...epochMetrics(1), valSeconds: -1 }, "valSeconds: expected a number of at least 0, found -1");
  assertWrong({ ...epochMetrics(1), val: 3 }, "val: expected an object, found 3");
  assertWrong(
    { ...epochMetrics(1), val: { loss: 1, top1: 91, top5: 1 } },
    "val: top1: expected a fraction in [0, 1], found 91",
  );
});

test("what is wrong with a search's health is named by layer and key", () => {
  for (const [change, message] of [
    [{ layer: 3 }, "layer: expected a string, found 3"],
    [{ layer: "layer1.0.conv2" }, 'layer: expected each layer once, found "layer1.0.conv2" twice'],
    [{ weights: 0 }, "weights: expected an integer of at least 1, found 0"],
    [{ entropy: 1.5 }, "entropy: expected a fraction in [0, 1], found 1.5"],
    [{ changed: "NaN" }, 'changed: expected a number from 0 to 1, found "NaN"'],
    [{ histogram: [1] }, "histogram: expected a list of 2 to 256 numbers, found [1]"],
    [{ histogram: [1, 0.1] }, "histogram: expected fractions that add up to at most 1, found [1,0.1]"],
    [{ histogram: [-0.5, 1] }, "histogram: expected fractions that add up to at most 1, found [-0.5,1]"],
  ] as const) {
    const health = [...HEALTH.toReversed(), Object.assign({ ...HEALTH[0], layer: "a" }, change)];
    writeFileSync(path, `${jsonText({ ...epochMetrics(1), health: health.slice(0, 1).concat(health.slice(2)) })}\n`);
    const place = `${path}: line 1: health[1]: `;
    assert.throws(() => readMetrics(path), { name: "InputError", message: place + message });
  }
  for (const [health, message] of [
    [{}, "health: expected a list, found {}"],
    [[2], "health[0]: expected an object, found 2"],
  ] as const) {
    writeFileSync(path, `${jsonText({ ...epochMetrics(1), health })}\n`);
    assert.throws(() => readMetrics(path), { name: "InputError", message: `${path}: line 1: ${message}` });
  }
});

test("any text gives epochs or an InputError", () => {
  const line = fc.oneof(fc.string(), fc.json());
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      writeFileSync(path, lines.map((each) => `${each}\n`).join(""));
      try {
        readMetrics(path);
      } catch (error) {
        assert.ok(error instanceof InputError);
      }
    }),
  );
});
