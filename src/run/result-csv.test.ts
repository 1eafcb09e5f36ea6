import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, beforeEach, test } from "node:test";
import fc from "fast-check";
import { appendResult, type ResultRow, readResults, writeResults } from "./result-csv.js";

const folder = mkdtempSync(join(tmpdir(), "result-"));
const path = join(folder, "result.csv");
beforeEach(() => rmSync(path, { force: true }));
after(() => rmSync(folder, { recursive: true }));

const HEADER = "train_loss,train_acc1,train_acc5,val_loss,val_acc1,val_acc5,train_time";
const ROW: ResultRow = {
  train_loss: 0.1 + 0.2,
  train_acc1: 0.9,
  train_acc5: 1,
  val_loss: 1e-7,
  val_acc1: 0.8,
  val_acc5: 0.99,
  train_time: 6.4,
};

test("a row is the original's seven columns at full precision", () => {
  appendResult(path, ROW);
  appendResult(path, { ...ROW, train_loss: Number.NaN, val_loss: Number.POSITIVE_INFINITY });
  assert.equal(
    readFileSync(path, "utf8"),
    `${HEADER}\n0.30000000000000004,0.9,1,1e-7,0.8,0.99,6.4\nNaN,0.9,1,Infinity,0.8,0.99,6.4\n`,
  );
});

test("rows come back as they were written", () => {
  const fraction = fc.double({ min: 0, max: 1 });
  const row = fc.record({
    train_loss: fc.double(),
    train_acc1: fraction,
    train_acc5: fraction,
    val_loss: fc.double(),
    val_acc1: fraction,
    val_acc5: fraction,
    train_time: fc.double({ min: 0 }),
  });
  const noMinusZero = (value: ResultRow) => JSON.parse(JSON.stringify(value));
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 4 }), (rows) => {
      rmSync(path, { force: true });
      for (const each of rows) appendResult(path, each);
      assert.deepEqual(readResults(path).map(noMinusZero), rows.map(noMinusZero));
    }),
    { numRuns: 30 },
  );
});

test("a field of many digits that is not a number is refused at once", () => {
  writeFileSync(path, `${HEADER}\n${"1".repeat(300_000)}x,1,1,1,1,1,1\n`);
  assert.throws(() => readResults(path), { name: "InputError", message: /line 2: train_loss: .*, found "1+…$/ });
});

test("a file in Python's spelling is read, and a torn last row left out", () => {
  writeFileSync(path, `${HEADER}\r\nnan,.5,1.,-inf,5e-01,1,6.40\r\n0.1,0.`);
  const [row, ...more] = readResults(path);
  assert.deepEqual(row, {
    train_loss: Number.NaN,
    train_acc1: 0.5,
    train_acc5: 1,
    val_loss: Number.NEGATIVE_INFINITY,
    val_acc1: 0.5,
    val_acc5: 1,
    train_time: 6.4,
  });
  assert.deepEqual(more, []);
});

test("what is wrong is named by line and column", () => {
  const assertWrong = (text: string, message: string) => {
    writeFileSync(path, text);
    assert.throws(() => readResults(path), { name: "InputError", message: `${path}: ${message}` });
  };
  assertWrong("", `line 1: expected ${HEADER}, found ""`);
  assertWrong("epoch,loss\n", `line 1: expected ${HEADER}, found "epoch,loss"`);
  assertWrong(`${HEADER}\n1,1,1\n`, "line 2: expected 7 numbers, found 3 fields");
  assertWrong(`${HEADER}\n1,1,1,1,,1,1\n`, 'line 2: val_acc1: expected a number, found ""');
  assertWrong(`${HEADER}\n1,1,1,1,0x1,1,1\n`, 'line 2: val_acc1: expected a number, found "0x1"');
  assertWrong(`${HEADER}\n1,1,1,1,91.2,1,1\n`, 'line 2: val_acc1: expected a fraction in [0, 1], found "91.2"');
  assertWrong(`${HEADER}\n1,1,1,1,1,1,-1\n`, 'line 2: train_time: expected seconds, at least 0, found "-1"');
});

test("a resumed run keeps the epochs up to its checkpoint", () => {
  for (const train_time of [1, 2]) appendResult(path, { ...ROW, train_time });
  const before = readFileSync(path, "utf8");
  const kept = readResults(path);
  appendResult(path, { ...ROW, train_time: 3 });
  writeResults(path, kept);
  assert.equal(readFileSync(path, "utf8"), before);
});
