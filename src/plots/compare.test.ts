import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { assertTextsApart, assertWellFormed } from "../../tests/support/svg.js";
import type { EpochResult } from "../run/read-run.js";
import { type ComparedRun, type ComparisonOptions, renderComparison } from "./compare.js";
import { SHAPES, type Shape } from "./marker.js";

const OPTIONS: ComparisonOptions = {
  title: "resnet20 on cifar10",
  subtitle: "200 epochs",
  metric: "error",
  best: false,
  logLoss: false,
  schedule: false,
  theme: "auto",
};

function run(
  valTop1: readonly number[],
  more: Partial<ComparedRun> = {},
  valLoss: (error: number) => number = (error) => 2 * error,
): ComparedRun {
  const epochs = valTop1.map(
    (top1, index): EpochResult => ({
      epoch: index + 1,
      train: { loss: 1 - top1, top1, top5: 1 },
      val: { loss: valLoss(1 - top1), top1, top5: 1 },
      trainSeconds: 1,
      lr: 0.1,
      temperature: 1 / (1 + index),
    }),
  );
  const style = { colour: 0, shape: "circle" } as const;
  const label = "1 bit {±1}";
  return { label, details: label, style, epochs, isSearch: true, plannedEpochs: epochs.length, ...more };
}

function assertReadable(svg: string): void {
  assertWellFormed(svg);
  assertTextsApart(svg, 972);
}

test("any runs give a figure whose texts do not touch", () => {
  const value = fc.oneof(
    { weight: 9, arbitrary: fc.double({ min: 0, max: 1 }) },
    { weight: 1, arbitrary: fc.constant(Number.NaN) },
  );
  const anyRun = fc
    .record({
      top1: fc.array(value, { maxLength: 60, size: "max" }),
      label: fc.string({ unit: "grapheme", maxLength: 200, size: "max" }),
    })
    .chain(({ top1, label }) =>
      fc
        .oneof({ weight: 3, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.double() })
        .map((factor) => run(top1, { label, plannedEpochs: 200 }, (error) => error * factor)),
    );
  const options = fc.record({
    title: fc.string({ unit: "grapheme", maxLength: 200, size: "max" }),
    subtitle: fc.oneof(fc.constant(""), fc.string({ maxLength: 400, size: "max" })),
    metric: fc.constantFrom("error", "accuracy"),
    best: fc.boolean(),
    logLoss: fc.boolean(),
    schedule: fc.boolean(),
    theme: fc.constantFrom("auto", "light", "dark"),
  });
  fc.assert(
    fc.property(fc.array(anyRun, { minLength: 1, maxLength: 12 }), options, (runs, chosen) => {
      assertReadable(renderComparison(runs, chosen as ComparisonOptions));
    }),
    { numRuns: 50, endOnFailure: true },
  );
});

test("the table tells the best and the last result, and how far a run is", () => {
  const svg = renderComparison(
    [run([0.5, 0.9132, 0.8], { plannedEpochs: 200 }), run([], { label: "none yet" })],
    OPTIONS,
  );
  const row = (label: string) =>
    new RegExp(`>${label}</text>(?:<text[^>]*>[^<]*</text>)*`).exec(svg)?.[0].match(/(?<=>)[^<]+/g);
  assert.deepEqual(row("1 bit {±1}"), ["1 bit {±1}", "8.68 %", "2", "20.00 %", "3/200"]);
  assert.deepEqual(row("none yet"), ["none yet", "–", "–", "–", "0"]);
  assert.match(renderComparison([run([0.9132])], { ...OPTIONS, metric: "accuracy" }), />91\.32 %</);
});

test("the best validation epoch of every run has a dot of its shape, in the table too", () => {
  const styles = SHAPES.map((shape, colour) => ({ style: { colour, shape } }));
  const svg = renderComparison(
    styles.map((style, index) => run([0.1, 0.5 + index / 100, 0.2], style)),
    OPTIONS,
  );
  assert.equal(svg.match(/<circle class="dot"/g)?.length, 2);
  assert.equal(svg.match(/<polygon class="dot"/g)?.length, 6);
});

test("the table shows markers where the lines have them", () => {
  const swatch = (length: number, shape: Shape) => {
    const svg = renderComparison([run(Array(length).fill(0.5), { style: { colour: 2, shape } })], OPTIONS);
    const groups = [...svg.matchAll(/<g class="run-2 val">(.*?)<\/g>/g)].map(([, content = ""]) => content);
    assert.equal(groups.length, 3, "two lines and the sample");
    return groups.map((content) => /circle|polygon/.exec(content)?.[0]);
  };
  assert.deepEqual(swatch(10, "circle"), ["circle", "circle", "circle"]);
  assert.deepEqual(swatch(40, "circle"), [undefined, undefined, undefined]);
  assert.deepEqual(swatch(40, "square"), ["polygon", "polygon", "polygon"]);
});

test("learning rate and temperature have panels on request, the temperature for searches only", () => {
  const titles = (svg: string) => [...svg.matchAll(/class="panel-title"[^>]*>([^<]*)/g)].map(([, title]) => title);
  assert.deepEqual(titles(renderComparison([run([0.5])], OPTIONS)), ["Top-1 error, %", "Loss, nats"]);
  const drawn = renderComparison([run([0.5, 0.6]), run([0.5, 0.6], { isSearch: false })], {
    ...OPTIONS,
    schedule: true,
  });
  assert.deepEqual(titles(drawn).slice(2), ["Learning rate", "Temperature"]);
  assert.equal(drawn.match(/run-0 schedule"><path/g)?.length, 3);
  const float = renderComparison([run([0.5], { isSearch: false })], { ...OPTIONS, schedule: true });
  assert.match(float, />no search</);
});

test("a long label takes several lines and is not cut", () => {
  const label = Array.from({ length: 12 }, (_, index) => `setting number ${index}`).join(", ");
  const svg = renderComparison([run([0.5], { label }), run([0.5])], OPTIONS);
  assertReadable(svg);
  const lines = [...svg.matchAll(/class="legend" text-anchor="start">([^<]*)/g)].map(([, line]) => line);
  assert.ok(lines.length > 3);
  assert.equal(lines.slice(0, -1).join(" "), label);
});

test("--best draws steps that never get worse", () => {
  const svg = renderComparison([run([0.5, Number.NaN, 0.4, 0.8, 0.7])], { ...OPTIONS, best: true });
  const [, steps = ""] = /<g class="run-0 val"><path d="([^"]*)"/.exec(svg) ?? [];
  assert.match(steps, /^M[^L]*H[^L]*V[^L]*$/);
  const heights = [...steps.matchAll(/[,V]([\d.]+)/g)].map(([, y]) => Number(y));
  assert.equal(heights.length, 5);
  assert.deepEqual(
    heights,
    [...heights].sort((a, b) => a - b),
    "error falls, y grows",
  );
});

test("a loss of zero or below leaves a gap on a logarithmic axis", () => {
  const svg = renderComparison([run([0.5, 1, 0.6, 0.7])], { ...OPTIONS, logLoss: true });
  assertReadable(svg);
  const loss = [...svg.matchAll(/<g class="run-0 val">(.*?)<\/g>/g)].map(([, content = ""]) => content)[1] ?? "";
  assert.equal(loss.match(/<circle/g)?.length, 3);
});

test("whole trainings are cut to their last three quarters, short ones are not", () => {
  const falling = (length: number) => run(Array.from({ length }, (_, index) => (index < 2 ? 0.1 : 0.9)));
  assert.match(renderComparison([falling(40)], OPTIONS), /<svg x=/);
  assert.doesNotMatch(renderComparison([falling(10)], OPTIONS), /<svg x=/);
});

test("no runs and more than twelve are refused", () => {
  for (const count of [0, 13]) {
    assert.throws(
      () =>
        renderComparison(
          Array.from({ length: count }, () => run([0.5])),
          OPTIONS,
        ),
      RangeError,
    );
  }
});
