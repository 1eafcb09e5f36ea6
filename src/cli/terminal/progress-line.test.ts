import assert from "node:assert/strict";
import { test } from "node:test";
import { progressLine } from "./progress-line.js";

const PROGRESS = {
  ...({ pass: "train", epoch: 3, batch: 20, batches: 80, images: 2560, seconds: 10 } as const),
  running: { loss: 0.5, top1: 0.75, top5: 1 },
};
const CONTEXT = { epochs: 7, epochSeconds: 50 };

test("everything is shown where there is room, and the bar has the rest", () => {
  assert.equal(
    progressLine(PROGRESS, CONTEXT, 120),
    "train 3/7  █████░░░░░░░░░░░░░░  20/80  256 images/s  10.0 s gone  30.0 s left  run 4:00 left  loss 0.5000  top-1 75.00 %",
  );
  assert.equal(progressLine(PROGRESS, CONTEXT, 40), "train 3/7  ██░░░░░░░  20/80  30.0 s left");
});

test("the rest of the run: this epoch and those that follow, which take as long as those before", () => {
  const rest = (epochSeconds: number | null, pass: "train" | "val" = "train") =>
    /run (.*) left/.exec(progressLine({ ...PROGRESS, pass }, { ...CONTEXT, epochSeconds }, 200))?.[1];
  assert.equal(rest(50), "4:00");
  assert.equal(rest(null), "3:10");
  assert.equal(rest(50, "val"), "3:50");
});

test("any width from 40 on is kept to, whatever the numbers", () => {
  for (let width = 40; width <= 200; width++) {
    for (const factor of [1, 1000, 1e6]) {
      const line = progressLine(
        { ...PROGRESS, epoch: factor, batch: factor, batches: 3 * factor, seconds: factor, images: factor },
        { epochs: factor, epochSeconds: factor },
        width,
      );
      assert.ok(line.length <= width || width < 60, `${width}: ${line}`);
      assert.ok(line.startsWith(`train ${factor}/${factor}`));
    }
    assert.ok(progressLine(PROGRESS, CONTEXT, width).length <= width);
  }
});
