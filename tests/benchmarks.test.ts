// What benchmarks count and compare with must be right, else their figures are not.
import assert from "node:assert/strict";
import { test } from "node:test";
import { composedDraw, composedSgdStep } from "../benchmarks/composed-search.js";
import { workOf } from "../benchmarks/operator-work.js";
import { samePrecision } from "../benchmarks/precision.js";
import { searchFloats } from "../benchmarks/search-floats.js";
import { type Measured as MeasuredSearch, searchRatios } from "../benchmarks/search-report.js";
import { type Measured, ratios } from "../benchmarks/step-report.js";
import { trainingFlopsPerImage } from "../benchmarks/training-flops.js";
import { drawOf, trainingStep } from "../benchmarks/training-step.js";
import { networks } from "../src/models/registry.js";
import { logitSgdStep, sample } from "../src/search/sample.js";
import type { OperatorTime } from "../src/tensor/addon-types.js";
import { copyInto } from "../src/tensor/arithmetic.js";
import { noGrad } from "../src/tensor/autograd.js";
import { randn, tensor, zeros } from "../src/tensor/create.js";
import { startProfile, stopProfile } from "../src/tensor/profile.js";
import { manualSeed } from "../src/tensor/runtime.js";
import { scope } from "../src/tensor/tensor.js";
import { assertNear } from "./support/near.js";

function flopsPerImage(name: string): number {
  const family = networks.get(name);
  assert.ok(family);
  return trainingFlopsPerImage(family);
}

test("a step's operations are three times the published multiply-adds, less the images' gradient", () => {
  // He et al. give 1.8·10⁹ for ResNet-18 at 224 pixels; by hand, ResNet-20's are 40.55·10⁶ and the first layer 442368.
  assert.equal(flopsPerImage("resnet20"), 2 * (3 * 40_551_040 - 442_368));
  assert.ok(Math.abs(flopsPerImage("resnet18") / (6 * 1.8e9) - 1) < 0.03);
});

test("the operators of a step do together what is counted from the layers", () => {
  for (const bits of [0, 1]) {
    const search = bits === 0 ? null : { values: [-1, 1], mode: "hard" as const };
    const step = trainingStep({ network: "resnet20", batch: 2, search, threads: 1, learningRate: 0.1 });
    startProfile({ withInputs: true });
    step();
    let flops = 0;
    for (const time of stopProfile()) {
      const work = workOf(time);
      if (work !== null && "flops" in work) flops += time.calls * work.flops;
    }
    assert.equal(flops, 2 * flopsPerImage("resnet20"));
  }
});

test("bytes of operators: each logit, momentum and weight as often as it is read and written", () => {
  const time = (name: string, shapes: OperatorTime["shapes"]): OperatorTime => {
    return { name, shapes, lists: {}, backward: false, calls: 1, selfMicroseconds: 1 };
  };
  const bytes = (name: string, shapes: OperatorTime["shapes"]) => workOf(time(name, shapes));
  const logits = [5, 3, 4];
  assert.deepEqual(bytes("weight_search::sample", { logits }), { bytes: 4 * 15 * 5 });
  assert.deepEqual(bytes("weight_search::logit_sgd_", { logits }), { bytes: 4 * 15 * searchFloats.sgdStep(4) });
  assert.deepEqual(bytes("weight_search::batch_norm_relu", { input: [2, 3, 4, 4] }), { bytes: 4 * 3 * 96 });
  assert.equal(bytes("aten::relu", { self: [2, 3] }), null);
});

test("the composition draws the fused operator's weights and takes its step", () => {
  for (const mode of ["hard", "soft"] as const) {
    scope(() => {
      const values = [-1, -0.25, 0.25, 1];
      const [logits, gradient] = [randn([50, 4]), randn([50])];
      const leaf = zeros([50, 4]);
      copyInto(leaf, logits);
      leaf.requiresGrad = true;
      const settings = { learningRate: 0.1, momentum: 0.9, weightDecay: 0.01 };
      const draw = drawOf(mode, 0, 0);
      const [momentum, leafMomentum] = [zeros([50, 4]), zeros([50, 4])];
      for (let step = 0; step < 3; step++) {
        leaf.clearGrad();
        const composed = composedDraw(leaf, tensor(values), mode);
        assertNear(composed.toArray(), noGrad(() => sample(logits, values, draw)).toArray());
        composed.backward(gradient);
        composedSgdStep(leaf, leafMomentum, settings);
        logitSgdStep(logits, momentum, gradient, values, draw, settings);
        assertNear(leaf.toArray(), logits.toArray(), { absolute: 1e-5 });
      }
    });
  }
});

test("with noise the composition draws a value with the probability that its logits give", () => {
  scope(() => {
    manualSeed(0);
    // The best of a + g, g ~ Gumbel(0, 1), is drawn with probability softmax(a): here 3 of 4.
    const logits = Array.from({ length: 8000 }, (_, index) => (index % 2) * Math.log(3));
    const drawn = composedDraw(tensor(logits, [4000, 2]), tensor([0, 1]), "noise").toArray();
    const share = drawn.reduce((total, value) => total + value, 0) / 4000;
    assert.ok(Math.abs(share - 0.75) < 0.03, `${share}`);
  });
});

test("ratios: peer to ours, searched to float, soft and noise to hard", () => {
  const measured = (who: Measured["who"], bits: number, mode: "hard" | "noise" | null, median: number): Measured => ({
    who,
    precision: { bits, search: mode && { values: [-1, 1], mode } },
    stepSeconds: [median],
    summary: { median, firstQuartile: median, thirdQuartile: median },
    peakRssBytes: 1,
  });
  const all = [
    measured("ours", 0, null, 1),
    measured("ours", 1, "hard", 2),
    measured("peer", 1, "hard", 6),
    measured("ours", 1, "noise", 5),
  ];
  assert.deepEqual(
    ratios(all).map(({ name, value }) => `${name} = ${value}`),
    [
      "peer 1-bit hard ÷ ours 1-bit hard = 3",
      "ours 1-bit hard ÷ ours float = 2",
      "ours 1-bit noise ÷ ours float = 5",
      "ours 1-bit noise ÷ ours 1-bit hard = 2.5",
    ],
  );
  assert.ok(all[1] && all[2] && samePrecision(all[1].precision, all[2].precision));
});

test("ratios of the search: the compositions, here and of the peer, to the fused operator doing the same", () => {
  const measured = (name: MeasuredSearch["name"], work: MeasuredSearch["work"], valueCount: number, median: number) => {
    const summary = { median, firstQuartile: median, thirdQuartile: median };
    return { name, work, floatsPerWeight: 1, valueCount, mode: "hard" as const, summary };
  };
  const all = [
    measured("fused", "forward + backward", 2, 1),
    measured("composed", "forward + backward", 2, 5),
    measured("fused", "whole step", 2, 2),
    measured("composed", "whole step", 2, 6),
    measured("peer", "whole step", 2, 16),
    measured("fused", "whole step", 4, 4),
    measured("peer", "whole step", 4, 36),
  ];
  assert.deepEqual(
    searchRatios(all).map(({ name, value }) => `${name} = ${value}`),
    [
      "K = 2  hard  composed ÷ fused, forward + backward = 5",
      "K = 2  hard  composed ÷ fused, whole step = 3",
      "K = 2  hard  peer ÷ fused, whole step = 8",
      "K = 4  hard  peer ÷ fused, whole step = 9",
    ],
  );
});
