import assert from "node:assert/strict";
import { test } from "node:test";
import type { ResultRow } from "../../src/run/result-csv.js";
import { largestDifference, rowDifferences } from "./compare-rows.js";

const ROW: ResultRow = {
  ...{ train_loss: 1.5, train_acc1: 0.5, train_acc5: 0.9, val_loss: Number.NaN, val_acc1: 0.5 },
  ...{ val_acc5: 0.9, train_time: 10 },
};

test("rows are the same to a thousandth, whatever the clock says", () => {
  assert.deepEqual(rowDifferences(ROW, { ...ROW, train_loss: 1.5009, train_time: 99 }), []);
  assert.equal(largestDifference(ROW, { ...ROW, train_loss: 1.5009, train_time: 99 }).column, "train_loss");
});

test("each other column is compared", () => {
  for (const column of ["train_loss", "train_acc1", "train_acc5", "val_acc1", "val_acc5"] as const) {
    assert.deepEqual(rowDifferences(ROW, { ...ROW, [column]: ROW[column] - 0.0011 }).length, 1, column);
  }
  assert.deepEqual(rowDifferences(ROW, { ...ROW, val_loss: 1 }), ["val_loss NaN, rerun 1"]);
  assert.equal(rowDifferences({ ...ROW, val_loss: 1 }, ROW).length, 1);
});
