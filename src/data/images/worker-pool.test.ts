import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import type { ImageTransforms } from "./transforms/transform.js";
import { ImageWorkerPool } from "./worker-pool.js";

const transforms: ImageTransforms = { file: "t.json", train: [{ name: "ToTensor" }], val: [{ name: "ToTensor" }] };

/** Images of 1 × 1, each of three bytes. */
const task = (...pixels: readonly number[]) => ({
  split: "train" as const,
  seed: 0,
  epoch: 0,
  height: 1,
  width: 1,
  images: pixels.map((value, position) => {
    return { position, pixels: new Uint8Array([value, value + 1, value + 2]), channels: 3, height: 1, width: 1 };
  }),
});

/** A pool whose threads run this module instead. */
function poolOf(threads: number, module: string): ImageWorkerPool {
  return new ImageWorkerPool(threads, transforms, new URL(`data:text/javascript,${encodeURIComponent(module)}`));
}

test("each task gets its own answer, whichever thread did it", async () => {
  const pool = new ImageWorkerPool(3, transforms);
  const results = await Promise.all([10, 20, 30, 40, 50].map((value) => pool.run(task(value, value + 100))));
  assert.deepEqual(
    results.map(({ bytes }) => [...bytes]),
    [10, 20, 30, 40, 50].map((v) => [v, v + 1, v + 2, v + 100, v + 101, v + 102]),
  );
  for (const { read, problems, erasures } of results) assert.deepEqual([read, problems, erasures], [[0, 1], [], []]);
  await pool.close();
});

test("tasks go to the thread with the fewest images", async () => {
  // Each thread says which it is, after a while, as the number of bytes.
  const pool = poolOf(
    2,
    `import { parentPort, threadId } from "node:worker_threads";
     parentPort.on("message", ({ id }) => setTimeout(() => {
       parentPort.postMessage({ id, bytes: new Uint8Array(threadId), read: [], erasures: [], problems: [] });
     }, 20));`,
  );
  const threads = await Promise.all([task(1, 2, 3), task(4), task(5), task(6, 7)].map((some) => pool.run(some)));
  const [first, second, third, fourth] = threads.map(({ bytes }) => bytes.length);
  assert.notEqual(second, first);
  assert.deepEqual([third, fourth], [second, second]);
  await pool.close();
});

test("a task that fails is rejected with the reason, and the pool keeps working", async () => {
  const pool = new ImageWorkerPool(1, transforms);
  await assert.rejects(pool.run({ ...task(1), height: 1e9, width: 1e9 }), {
    name: "Error",
    message: /^an image worker failed: RangeError/,
  });
  await assert.rejects(
    pool.run({ ...task(1), height: 2 }),
    /^InputError: image 0: expected an image that becomes 2 × 1/,
  );
  assert.deepEqual([...(await pool.run(task(1))).bytes], [1, 2, 3]);
  await pool.close();
});

for (const [title, module, message] of [
  ["throws when it starts", "throw new Error('no such library')", /^Error: no such library$/],
  [
    "throws at a task",
    'import { parentPort } from "node:worker_threads"; parentPort.on("message", () => { throw new RangeError("why") })',
    /^RangeError: why$/,
  ],
  [
    "exits",
    'import { parentPort } from "node:worker_threads"; parentPort.on("message", () => process.exit(3))',
    /^Error: an image worker ended with exit code 3$/,
  ],
] as const) {
  test(`a thread that ${title} fails what it was given and what comes after`, async () => {
    const pool = poolOf(1, module);
    const given = [pool.run(task(1)), pool.run(task(2))];
    for (const run of given) await assert.rejects(run, message);
    await assert.rejects(pool.run(task(3)), message);
    await pool.close();
  });
}

test("closing rejects what is pending and what comes after", async () => {
  const pool = poolOf(2, 'import { parentPort } from "node:worker_threads"; parentPort.on("message", () => {})');
  const pending = assert.rejects(pool.run(task(1)), /^Error: the image workers were closed$/);
  await pool.close();
  await pending;
  await assert.rejects(pool.run(task(1)), /the image workers were closed/);
  await pool.close();
});

test("the process waits for a task, but not for idle threads", () => {
  const script = `import(${JSON.stringify(new URL("./worker-pool.js", import.meta.url))}).then(async ({ ImageWorkerPool }) => {
    const pool = new ImageWorkerPool(2, ${JSON.stringify(transforms)});
    const image = { position: 0, pixels: new Uint8Array([7, 8, 9]), channels: 3, height: 1, width: 1 };
    for (let i = 0; i < 2; i++) {
      const { bytes } = await pool.run({ split: "val", seed: 0, epoch: 0, height: 1, width: 1, images: [image] });
      console.log(bytes.join());
    }
  })`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["-e", script], { encoding: "utf8", timeout: 20_000 });
  assert.deepEqual([stderr, stdout, status], ["", "7,8,9\n7,8,9\n", 0]);
});
