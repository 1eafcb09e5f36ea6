import assert from "node:assert/strict";
import { test } from "node:test";
import { bestEpoch, median } from "./best-epoch.js";

test("the best epoch is the earliest of equals; what is not finite does not count", () => {
  const epochs = [Number.NaN, 0.5, 0.9, 0.9].map((top1, index) => ({
    epoch: index + 1,
    val: { loss: 1, top1, top5: 1 },
  }));
  assert.equal(bestEpoch(epochs)?.epoch, 3);
  assert.equal(bestEpoch(epochs.slice(0, 1)), undefined);
});

test("the median is the middle, or the mean of the two middle ones", () => {
  assert.equal(median([9, 1, 3]), 3);
  assert.equal(median([4, 1, Number.NaN, 3, 9]), 3.5);
  assert.equal(median([Number.POSITIVE_INFINITY]), undefined);
});

test("an epoch whose loss is NaN is never the best", () => {
  const epoch = (top1: number, loss: number) => ({ val: { loss, top1, top5: top1 } });
  const epochs = [epoch(0.5, 1), epoch(0.9, Number.NaN), epoch(0.6, Number.POSITIVE_INFINITY)];
  assert.equal(bestEpoch(epochs), epochs[2]);
  assert.equal(bestEpoch([epoch(0.9, Number.NaN)]), undefined);
});
