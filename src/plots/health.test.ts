import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeHealth } from "../../tests/support/fake-run.js";
import { assertTextsApart, assertWellFormed } from "../../tests/support/svg.js";
import { type EpochHealth, type HealthOptions, renderHealth } from "./health.js";

const OPTIONS: HealthOptions = {
  title: "resnet20 on cifar10, 2 bits {±1/2, ±1}",
  subtitle: "200 epochs",
  values: [1, -1, 0.5, -0.5],
  areFactors: false,
  theme: "light",
};

function epochs(count: number, layers: number, values: number): EpochHealth[] {
  return Array.from({ length: count }, (_, index) => ({
    epoch: index + 1,
    health: fakeHealth(index + 1, layers, values),
  }));
}

/** The y of a path's points. */
function heights(path: string): number[] {
  return [...path.matchAll(/,([\d.]+)/g)].map(([, y]) => Number(y));
}

function areas(svg: string): string[] {
  return [...svg.matchAll(/area"><title>[^<]*<\/title><path d="([^"]*)"/g)].map(([, path = ""]) => path);
}

test("every layer has a line in both panels, a colour and a name", () => {
  const svg = renderHealth(epochs(30, 18, 4), OPTIONS);
  assertWellFormed(svg);
  for (const index of Array(18).keys()) {
    assert.equal(
      svg.match(new RegExp(`<g class="layer layer-${index}(?: end)?"><title>[^<]+</title><path`, "g"))?.length,
      2,
    );
  }
  const colours = [...svg.matchAll(/\.layer-\d+ path \{ stroke: (#[0-9a-f]{6})/g)].map(([, colour]) => colour);
  assert.equal(new Set(colours).size, 18);
});

test("areas stand on each other in ascending order of the values, each layer counted by its weights", () => {
  const layer = (weights: number, histogram: number[]) => ({
    ...{ layer: `l${weights}`, weights, entropy: 1, changed: 0, histogram },
  });
  // 1, -1, 0.5, -0.5: over both layers 0, 0.75, 0.25, 0.
  const health = [layer(300, [0, 1, 0, 0]), layer(100, [0, 0, 1, 0])];
  const svg = renderHealth(
    [1, 2].map((epoch) => ({ epoch, health })),
    OPTIONS,
  );
  const [least = [], ...rest] = areas(svg).map(heights);
  const [bottom = 0, , top = 0] = least;
  const whole = (bottom - top) / 0.75;
  const at = (share: number) => bottom - share * whole;
  const expected = [
    [0.75, 0.75, 0.75, 0.75],
    [0.75, 0.75, 1, 1],
    [1, 1, 1, 1],
  ];
  rest.forEach((found, index) => {
    expected[index]?.forEach((share, corner) => void assert.ok(Math.abs((found[corner] ?? 0) - at(share)) < 0.05));
  });
  assert.deepEqual(
    [...svg.matchAll(/area"><title>([^<]*)</g)].map(([, label]) => label),
    ["-1", "-1/2", "1/2", "1"],
  );
});

test("any number of layers, values and epochs gives a figure with its texts inside and apart", () => {
  for (const [numEpochs, layers, numValues] of [
    [1, 1, 2],
    [3, 53, 16],
    [200, 4, 256],
  ] as const) {
    const values = Array.from({ length: numValues }, (_, index) => index - numValues / 2);
    const svg = renderHealth(epochs(numEpochs, layers, numValues), { ...OPTIONS, subtitle: "", values, theme: "auto" });
    assertWellFormed(svg);
    assert.equal(areas(svg).length, numValues);
    assertTextsApart(svg, 960);
  }
});

test("a NaN entropy, and a layer that an epoch does not record, leave gaps", () => {
  const [first, second, third] = epochs(3, 2, 4) as [EpochHealth, EpochHealth, EpochHealth];
  const odd = second.health.slice(0, 1).map((each) => ({ ...each, entropy: Number.NaN }));
  const svg = renderHealth([first, { epoch: 2, health: odd }, third], OPTIONS);
  assertWellFormed(svg);
  const circles = [...svg.matchAll(/<g class="layer layer-(\d) end">(.*?)<\/g>/g)].map(
    ([, index, content = ""]) => `${index}: ${content.match(/<circle/g)?.length}`,
  );
  assert.deepEqual(circles, ["0: 2", "1: 2", "0: 3", "1: 2"]);
});
