// A group of one process: its collective operations involve no other.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { mul } from "../tensor/arithmetic.js";
import { full, ones, tensor, zeros } from "../tensor/create.js";
import { batchNormRelu } from "../tensor/normalization.js";
import { sum } from "../tensor/reduce.js";
import { contiguous, transpose } from "../tensor/shape.js";
import { disagreement } from "./agreement.js";
import { BufferAverage } from "./buffer-average.js";
import { explainLostContact, reportFailure } from "./failure.js";
import { freePort } from "./free-port.js";
import { bucketBytes, GradientReduction } from "./gradient-reduction.js";
import { CommunicationError, type GroupPlace, isCommunicationError, ProcessGroup, reasonOf } from "./process-group.js";
import { ranksText, rendezvous } from "./rendezvous.js";
import { shareText } from "./share-text.js";
import { isTrueAnywhere, startSumOfNumbers, sumNumbers } from "./sum-numbers.js";

const place = async (more: Partial<GroupPlace> = {}): Promise<GroupPlace> => ({
  rank: 0,
  worldSize: 1,
  masterAddress: "127.0.0.1",
  masterPort: await freePort(),
  hostsStore: true,
  storeGeneration: 0,
  restartCount: 0,
  ...more,
});

let group: ProcessGroup;
before(async () => {
  group = await rendezvous(await place(), 5000);
  group.connectGradients("gloo");
});
after(() => group.close());

test("sums and broadcasts of one process are its own tensors", () => {
  const x = tensor([1, 2, 3]);
  const { version } = x;
  group.sum(x);
  const finish = group.startSum(x);
  finish();
  group.broadcast(x);
  assert.deepEqual(x.toArray(), [1, 2, 3]);
  // What is written by others is noticed like what is written here.
  assert.ok(x.version > version);
  assert.deepEqual(sumNumbers(group, [0.5, 2 ** 53]), [0.5, 2 ** 53]);
  assert.deepEqual(startSumOfNumbers(group, [7])(), [7]);
  assert.deepEqual([isTrueAnywhere(group, true), isTrueAnywhere(group, false)], [true, false]);
});

test("a tensor that does not lie in one piece is broadcast, and not summed", () => {
  const x = transpose(tensor([1, 2, 3, 4, 5, 6], [2, 3]), 0, 1);
  group.broadcast(x);
  assert.deepEqual(x.toArray(), [1, 4, 2, 5, 3, 6]);
  assert.throws(() => group.sum(x), /groupSum: argument 'tensor': expected a contiguous tensor/);
});

test("texts of the store, long and short, and counters", () => {
  const text = `{"ä": "${"x".repeat(100_000)}"}`;
  group.set("key", text);
  assert.equal(group.get("key", 1000), text);
  assert.equal(group.get("nothing", 50), null);
  assert.deepEqual([group.add("count", 2), group.add("count", 3)], [2, 5]);
  assert.equal(shareText(group, text), text);
  assert.equal(shareText(group, ""), "");
  assert.equal(
    disagreement(group, "facts", () => ({ a: 1 })),
    null,
  );
});

test("the mean of one process's buffers is they themselves", () => {
  const buffers = [tensor([1, 2]), tensor([3, 4, 5, 6], [2, 2])];
  const finish = new BufferAverage(group, buffers).start();
  finish();
  assert.deepEqual(
    buffers.map((buffer) => buffer.toArray()),
    [
      [1, 2],
      [3, 4, 5, 6],
    ],
  );
});

test("gradients are summed in buckets, and a leaf without one counts as zeros", () => {
  const leaves = [tensor([1, 2]), full([200_000], 1), tensor([3]), tensor([4])];
  for (const leaf of leaves) leaf.requiresGrad = true;
  const [a, large, b, unused] = leaves;
  assert.ok(a && large && b && unused);
  const reduction = new GradientReduction(group.number, leaves);
  for (const factor of [1, 2]) {
    for (const leaf of leaves) leaf.clearGrad();
    reduction.begin();
    mul(sum(mul(a, a)), mul(sum(b), mul(sum(large), factor))).backward();
    const { buckets, backwardEndMs, endMs } = reduction.finish();
    assert.deepEqual(a.grad?.toArray(), [2 * 3 * 200_000 * factor, 4 * 3 * 200_000 * factor]);
    assert.deepEqual(b.grad?.toArray(), [5 * 200_000 * factor]);
    assert.deepEqual(unused.grad?.toArray(), [0]);
    // The last leaves come first; a large one fills a bucket of its own.
    assert.deepEqual(
      buckets.map(({ bytes }) => bytes),
      [8, 800_000, 8],
    );
    for (const { startedMs, finishedMs } of buckets) assert.ok(startedMs <= finishedMs && finishedMs <= endMs);
    assert.ok(backwardEndMs <= endMs);
  }
  reduction.close();
  a.clearGrad();
  sum(a).backward();
  assert.deepEqual(a.grad?.toArray(), [1, 1]);
});

test("what has no gradient of its own cannot be reduced", () => {
  const leaf = tensor([1]);
  assert.throws(
    () => new GradientReduction(group.number, [leaf]),
    /expected leaves that require a gradient, found \[1\] that does not/,
  );
  leaf.requiresGrad = true;
  assert.throws(() => new GradientReduction(group.number, [mul(leaf, 2)]), /that is computed/);
  assert.throws(() => new GradientReduction(group.number, []), /found none/);
  const wide = zeros([1], "float64");
  wide.requiresGrad = true;
  assert.throws(() => new GradientReduction(group.number, [leaf, wide]), /leaves of one type/);
  const reduction = new GradientReduction(group.number, [leaf]);
  assert.throws(() => reduction.finish(), /expected begin before finish/);
  reduction.close();
});

test("buckets are a quarter of all, within bounds", () => {
  assert.deepEqual([1000, 8e6, 1e9].map(bucketBytes), [614_400, 2e6, 26_214_400]);
});

test("no store at the address, and missing ranks, are reported in time", async () => {
  const nobody = await place({ rank: 1, worldSize: 2, hostsStore: false });
  await assert.rejects(
    () => rendezvous(nobody, 1000),
    (error: Error) => {
      assert.ok(error instanceof CommunicationError);
      assert.match(
        error.message,
        /^master 127\.0\.0\.1:\d+ \(MASTER_ADDR, MASTER_PORT\): expected rank 0 there within 1 s/,
      );
      return true;
    },
  );
  const missing = await place({ worldSize: 3 });
  await assert.rejects(
    () => rendezvous(missing, 1000),
    /expected 3 processes within 1 s, but ranks 1 and 2 are missing$/,
  );
  const taken = await place();
  await rendezvous(taken, 1000);
  await assert.rejects(() => rendezvous(taken, 1000), { name: "InputError", message: /expected a port that is free/ });
});

test("a sum that fails inside an operator or a backward pass is an error of communication", async () => {
  const unconnected = new ProcessGroup(await place(), 1000);
  const images = contiguous(ones([2, 1, 2, 2]), "channels_last");
  const state = { weight: ones([1]), bias: zeros([1]), runningMean: zeros([1]), runningVar: ones([1]) };
  const leaf = tensor([1, 2]);
  leaf.requiresGrad = true;
  const reduction = new GradientReduction(unconnected.number, [leaf]);
  reduction.begin();
  for (const fail of [
    () => batchNormRelu(images, null, state, true, { group: unconnected.number }),
    () => sum(leaf).backward(),
  ]) {
    assert.throws(fail, (error: Error) => {
      assert.match(
        error.message,
        /^(weight_search::batch_norm_relu\(input|backward: tensor float32).*: communication: /,
      );
      assert.ok(isCommunicationError(error));
      assert.equal(reasonOf(error), "the processes are not connected yet");
      return true;
    });
  }
});

test("the others report which rank failed first", async () => {
  const own = await rendezvous(await place(), 1000);
  reportFailure(own, "no such file");
  reportFailure(own, "a later one");
  const lost = explainLostContact(own, new CommunicationError("closed"));
  assert.equal(lost.message, "rank 0 failed: no such file");
  assert.ok(isCommunicationError(lost));
  assert.ok(!isCommunicationError(new Error("communication: closed")));
});

test("ranks as text", () => {
  assert.deepEqual([[3], [1, 2], [1, 2, 7], Array.from({ length: 12 }, (_, rank) => rank)].map(ranksText), [
    "rank 3 is",
    "ranks 1 and 2 are",
    "ranks 1, 2 and 7 are",
    "ranks 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more are",
  ]);
});
