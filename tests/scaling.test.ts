// The arithmetic behind the scaling benchmark and its model, and what they say that a network sends.
import assert from "node:assert/strict";
import { test } from "node:test";
import { efficiency, fitLink, ringSeconds, treeSeconds, waitSeconds } from "../benchmarks/all-reduce-model.js";
import { trafficOf } from "../benchmarks/network-traffic.js";
import { drawTimeline, medianTimeline } from "../benchmarks/scaling-timeline.js";
import { predictStep } from "../benchmarks/step-prediction.js";
import { freePort } from "../src/distributed/free-port.js";
import { GradientReduction } from "../src/distributed/gradient-reduction.js";
import { ProcessGroup } from "../src/distributed/process-group.js";
import { networks } from "../src/models/registry.js";

const close = (found: number, expected: number) =>
  assert.ok(Math.abs(found - expected) <= 1e-9 * Math.abs(expected), `${found}, expected ${expected}`);

test("a fit finds the α and β that times were made of", () => {
  const times = [12, 15, 18, 22, 25].map((power) => ({ bytes: 2 ** power, seconds: 150e-6 + 2 ** power / 2e9 }));
  const { alphaSeconds, bytesPerSecond } = fitLink(times);
  close(alphaSeconds, 150e-6);
  close(bytesPerSecond, 2e9);
  // One long sum that took twice as long affects β, but hardly α, which short ones determine.
  const interrupted = fitLink(
    times.map((time) => (time.bytes === 2 ** 25 ? { ...time, seconds: 2 * time.seconds } : time)),
  );
  assert.ok(Math.abs(interrupted.alphaSeconds / 150e-6 - 1) < 0.1);
  assert.throws(
    () =>
      fitLink([
        { bytes: 4, seconds: 1 },
        { bytes: 4, seconds: 2 },
      ]),
    RangeError,
  );
});

test("rings and trees take the times of their messages", () => {
  const link = { alphaSeconds: 1e-6, bytesPerSecond: 1e9 };
  close(ringSeconds(2, 1e6, link), 2e-6 + 1e-3);
  close(ringSeconds(4, 1e6, link), 6e-6 + 1.5e-3);
  close(treeSeconds(4, 1e6, link), 4e-6 + 2e-3);
  close(treeSeconds(1000, 0, link), 20e-6);
  assert.deepEqual([ringSeconds(1, 1e6, link), treeSeconds(1, 1e6, link)], [0, 0]);
});

test("the backward pass hides all but the last bucket, or as much as it lasts", () => {
  const wait = (each: number, busy = 0) => waitSeconds([1, 1, 1, 1], 8, () => each, busy);
  assert.equal(wait(1), 1);
  assert.equal(wait(2), 2);
  // Sums that take longer than the pass queue up from the first bucket on, at a quarter of it.
  assert.equal(wait(3), 12 - 6);
  assert.equal(wait(3, 5), 5 + 12 - 8);
  assert.equal(
    waitSeconds([5], 8, (bytes) => bytes),
    5,
  );
  assert.equal(efficiency(3, 1), 0.75);
});

test("a network sends a number a weight, whatever K is, in the buckets that its gradients are summed in", async () => {
  const policy = (values: readonly number[]) => ({ values, firstLayer: false, lastLayer: false });
  const [float, two, four] = [null, policy([-1, 1]), policy([-1, -0.5, 0.5, 1])].map((search) =>
    trafficOf("resnet20", search),
  );
  assert.equal(float?.gradientBytes, 4 * 269_722);
  assert.deepEqual([two?.searchedWeights, two?.otherParameters], [267_264, 2_458]);
  assert.deepEqual([two?.gradientBytes, four?.gradientBytes], [float?.gradientBytes, float?.gradientBytes]);
  assert.equal(four?.logitGradientBytes, 4 * (4 * 267_264 + 2_458));
  // 19 layers, the first of 16 channels, with two running statistics each.
  assert.deepEqual([float?.syncBytes.length, ...(float?.syncBytes.slice(0, 2) ?? [])], [38, 8 * 33, 8 * 32]);
  assert.equal(float?.runningBytes, 4 * 2 * (7 * 16 + 6 * 32 + 6 * 64));

  const place = { rank: 0, worldSize: 1, masterAddress: "127.0.0.1", hostsStore: true };
  const again = { storeGeneration: 0, restartCount: 0 };
  const group = new ProcessGroup({ ...place, ...again, masterPort: await freePort() }, 10_000);
  group.connect();
  group.connectGradients("gloo");
  for (const name of ["resnet20", "vgg_small", "resnet18"]) {
    const network = networks.get(name)?.build({ numClasses: name === "resnet18" ? 1000 : 10, search: null });
    assert.ok(network);
    const reduction = new GradientReduction(
      group.number,
      [...network.namedLeaves()].map(([, leaf]) => leaf),
    );
    reduction.begin();
    const { buckets } = reduction.finish();
    reduction.close();
    assert.deepEqual(
      buckets.map(({ bytes }) => bytes),
      trafficOf(name, null).bucketBytes,
    );
  }
  group.close();
});

test("what a step waits for is what is longest: its gradients, or the exchange of its numbers", () => {
  const traffic = { ...trafficOf("resnet20", null), bucketBytes: [1e6], runningBytes: 0, syncBytes: [0, 0] };
  const free = { alphaSeconds: 0, bytesPerSecond: Number.POSITIVE_INFINITY };
  const slow = { alphaSeconds: 1e-3, bytesPerSecond: Number.POSITIVE_INFINITY };
  const assumed = { ring: slow, tree: free, tcp: free, backwardShare: 0.5 };
  assert.equal(predictStep(traffic, 4, 1, assumed).withExchange, 1);
  const byRing = predictStep(traffic, 4, 1, { ...assumed, tree: { alphaSeconds: 1, bytesPerSecond: 1e9 } });
  close(byRing.gradients, 1 / 1.006);
  close(byRing.withSyncBn, 1 / (1 + 3 * 0.006));
  const byTcp = predictStep(traffic, 4, 0.01, { ...assumed, tcp: slow });
  close(byTcp.exchangeSeconds, 0.006);
  close(byTcp.withExchange, 0.01 / 0.011);
});

test("a timeline is drawn to its last sum", () => {
  const buckets = [
    { bytes: 2048, startedMs: 2, finishedMs: 6 },
    { bytes: 1024, startedMs: 8, finishedMs: 12 },
  ];
  const timeline = { buckets, backwardEndMs: 8, endMs: 12 };
  assert.equal(
    drawTimeline(timeline),
    [
      `${" ".repeat(73)}from ms  to ms  takes ms`,
      `backward             |${"=".repeat(32)}${" ".repeat(16)}|      0.0    8.0       8.0`,
      `bucket 1, 2 KiB      |${" ".repeat(8)}${"#".repeat(16)}${" ".repeat(24)}|      2.0    6.0       4.0`,
      `bucket 2, 1 KiB      |${" ".repeat(32)}${"#".repeat(16)}|      8.0   12.0       4.0`,
      `wait                 |${" ".repeat(32)}${".".repeat(16)}|      8.0   12.0       4.0`,
    ].join("\n"),
  );
  assert.equal(medianTimeline([{ ...timeline, endMs: 9 }, timeline, { ...timeline, endMs: 20 }]), timeline);
});
