import assert from "node:assert/strict";
import type { TrainOptions } from "../../src/train/options.js";
import { train } from "../../src/train/train.js";

/** Begins a run that a signal stops after some steps of training and validation; returns its directory. */
export async function stoppedRun(options: TrainOptions, steps: number): Promise<string> {
  let taken = 0;
  const logger = {
    ...{ start: () => undefined, epoch: () => undefined, end: () => undefined },
    step: () => {
      if (++taken === steps) process.kill(process.pid, "SIGTERM");
    },
  };
  const signals = { first: "", second: "" };
  const { outcome, directory } = await train({ ...options, loggers: [logger], signals });
  assert.equal(outcome, "stopped");
  return directory ?? assert.fail("no directory");
}
