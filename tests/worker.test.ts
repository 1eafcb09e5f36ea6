import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { add } from "../src/tensor/arithmetic.js";
import { ones } from "../src/tensor/create.js";
import { liveTensors } from "../src/tensor/tensor.js";

const TRAIN = new URL("./support/train-linear.js", import.meta.url);
const EXIT = fileURLToPath(new URL("./support/exit-with-worker.js", import.meta.url));

/** Trains to the end in a worker thread and gives what it posts. */
async function train(): Promise<{ weight: number; bias: number; left: number }> {
  const worker = new Worker(TRAIN);
  // Both awaited from the start: the last message and the exit may come in one turn of the event loop.
  const [[message], [exitCode]] = await Promise.all([once(worker, "message"), once(worker, "exit")]);
  assert.equal(exitCode, 0);
  return message;
}

function assertTrained({ weight, bias, left }: { weight: number; bias: number; left: number }): void {
  assert.ok(Math.abs(weight - 2) < 1e-3 && Math.abs(bias + 1) < 1e-3, `${weight}, ${bias}`);
  assert.equal(left, 0);
}

test("a model trains in a worker thread, with a tensor table of its own", async () => {
  const before = liveTensors();
  const x = ones([2]);
  assertTrained(await train());
  assert.equal(liveTensors(), before + 1);
  assert.deepEqual(add(x, 1).toArray(), [2, 2]);
});

test("two workers train at once", async () => {
  for (const result of await Promise.all([train(), train()])) assertTrained(result);
});

test("workers stopped at any moment leave the main thread usable", async () => {
  for (const messages of [1, 1, 2, 3, 5, 8]) {
    const worker = new Worker(TRAIN, { workerData: { endless: true } });
    for (let count = 0; count < messages; count += 1) await once(worker, "message");
    await worker.terminate();
    assert.deepEqual(add(ones([2]), 1).toArray(), [2, 2]);
  }
  assertTrained(await train());
});

for (const [way, status] of [
  ["terminate", 0],
  ["exit", 0],
  ["throw", 1],
] as const) {
  test(`a process that ends by ${way} while a worker trains does not crash`, () => {
    const child = spawnSync(process.execPath, [EXIT, way], { encoding: "utf8" });
    assert.equal(child.signal, null, child.stderr);
    assert.equal(child.status, status, child.stderr);
  });
}
