import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { EpochResult } from "../run/read-run.js";
import { type ComparedRun, type ComparisonOptions, renderComparison } from "./compare.js";
import { textWidth } from "./text-width.js";

const OPTIONS: ComparisonOptions = {
  title: "resnet20 on cifar10",
  subtitle: "200 epochs",
  metric: "error",
  best: false,
  logLoss: false,
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
    }),
  );
  return { label: "1 bit {±1}", epochs, plannedEpochs: epochs.length, ...more };
}

interface Text {
  readonly content: string;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const FONTS: Readonly<Record<string, [size: number, isBold: boolean]>> = {
  title: [18, true],
  "panel-title": [14, true],
  tick: [12, false],
};

const ENTITIES: Readonly<Record<string, string>> = {
  "&lt;": "<",
  "&gt;": ">",
  "&amp;": "&",
  "&quot;": '"',
  "&#39;": "'",
};

/** The boxes of a picture's texts, by the widest font. */
function texts(svg: string): Text[] {
  const pattern = /<text x="([^"]*)" y="([^"]*)" class="([^"]*)" text-anchor="([^"]*)">([^<]*)</g;
  return [...svg.matchAll(pattern)].map(([, x, y, className = "", anchor, escaped = ""]) => {
    const content = escaped.replace(/&[#\w]+;/g, (entity) => ENTITIES[entity] ?? assert.fail(entity));
    const [size, isBold] = FONTS[className] ?? [13, false];
    const width = textWidth(content, size, isBold);
    const left = Number(x) - (anchor === "end" ? width : anchor === "middle" ? width / 2 : 0);
    return { content, left, right: left + width, top: Number(y) - 0.75 * size, bottom: Number(y) + 0.2 * size };
  });
}

function assertReadable(svg: string): void {
  assert.doesNotMatch(svg, /NaN|Infinity|undefined/);
  const open: string[] = [];
  for (const [, slash, name = "", selfClosing] of svg.matchAll(/<(\/?)([a-z]+)[^<>]*?(\/?)>/g)) {
    if (slash === "/") assert.equal(open.pop(), name);
    else if (selfClosing !== "/") open.push(name);
  }
  assert.deepEqual(open, []);
  const height = Number(/ height="([^"]*)"/.exec(svg)?.[1]);
  const boxes = texts(svg);
  for (const [index, a] of boxes.entries()) {
    assert.ok(a.left >= 0 && a.right <= 972 && a.top >= 0 && a.bottom <= height, `${a.content} leaves the picture`);
    for (const b of boxes.slice(0, index)) {
      const isApart = a.left >= b.right || b.left >= a.right || a.top >= b.bottom || b.top >= a.bottom;
      assert.ok(isApart, `"${a.content}" lies on "${b.content}"`);
    }
  }
}

test("any runs give a picture whose texts do not touch", () => {
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

test("the best validation epoch of every run has a dot, diamonds from the seventh run on", () => {
  const svg = renderComparison(
    Array.from({ length: 12 }, (_, index) => run([0.1, 0.5 + index / 100, 0.2])),
    OPTIONS,
  );
  assert.equal(svg.match(/<circle class="dot"/g)?.length, 6);
  assert.equal(svg.match(/<polygon class="dot"/g)?.length, 6);
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
