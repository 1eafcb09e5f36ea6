import assert from "node:assert/strict";
import { test } from "node:test";
import type { NetworkSummary } from "../export/summarize.js";
import { summaryMarkdown, summaryText } from "./summary-table.js";

const BINARY = { values: [-1, 1], firstLayer: false, lastLayer: false };

const SEARCHED: NetworkSummary = {
  arch: "tiny",
  numClasses: 10,
  channels: 3,
  imageSize: 32,
  search: BINARY,
  activations: null,
  layers: [
    {
      name: "conv1",
      kind: "Conv2d",
      weightShape: [16, 3, 3, 3],
      outputShape: [16, 32, 32],
      parameters: 432,
      values: BINARY.values,
      bitsPerWeight: 1,
      sizeBytes: 62,
      multiplyAdds: 442_368,
    },
    {
      name: "fc",
      kind: "Linear",
      weightShape: [10, 64],
      outputShape: [10],
      parameters: 650,
      values: null,
      bitsPerWeight: 32,
      sizeBytes: 2600,
      multiplyAdds: 640,
    },
  ],
  batchNorms: { count: 1, parameters: 32, sizeBytes: 264 },
  layerNorms: { count: 0, parameters: 0, sizeBytes: 0 },
  parameters: { searched: 432, float: 682, total: 1114 },
  multiplyAdds: 443_008,
  bitsPerWeight: 19.507,
  searchedBitsPerWeight: 1,
  sizeBytes: 2926,
  packedFileBytes: 3500,
  floatFileBytes: 5250,
};

const FLOAT: NetworkSummary = {
  ...SEARCHED,
  search: null,
  layers: SEARCHED.layers.map((layer) => ({ ...layer, values: null, bitsPerWeight: 32 })),
  packedFileBytes: null,
  bitsPerWeight: 32,
  searchedBitsPerWeight: 0,
};

test("a searched network as text", () => {
  assert.equal(
    summaryText(SEARCHED),
    `tiny: 10 classes, images [3, 32, 32], weights searched over {-1, 1}

layer           kind       weight         output        parameters  values   bits  size (kB)
────────────────────────────────────────────────────────────────────────────────────────────
conv1           Conv2d     [16, 3, 3, 3]  [16, 32, 32]         432  {-1, 1}     1        0.1
fc              Linear     [10, 64]       [10]                 650  float32    32        2.6
1 × batch norm  BatchNorm                                       32  float32    32        0.3
────────────────────────────────────────────────────────────────────────────────────────────
total                                                        1,114                       2.9

value set          {-1, 1}
layers             2: 1 searched, 1 float
parameters         1,114: 432 searched, 682 float
multiply-adds      443,008 an image
bits per weight    19.51 over all layers, 1.00 per searched weight
file, with header  3.5 kB packed, 5.3 kB as float32: 1.5 times smaller
`,
  );
});

test("a float network says nothing of a search", () => {
  const text = summaryText(FLOAT);
  assert.doesNotMatch(text, /searched|packed|value set/);
  assert.match(text, /^tiny: 10 classes, images \[3, 32, 32\], float weights$/m);
  assert.match(text, /^bits per weight {4}32\.00$/m);
  assert.match(text, /^file, with header {2}5\.3 kB as float32$/m);
});

test("Markdown has a row a layer, and the totals as a list", () => {
  const lines = summaryMarkdown(SEARCHED).split("\n");
  const cells = (line = "") => line.split(/ *\| */).slice(1, -1);
  assert.deepEqual(cells(lines[2]), ["layer", "kind", "weight", "output", "parameters", "values", "bits", "size (kB)"]);
  const rules = cells(lines[3]).map((rule) => rule.replace(/^-+/, "-"));
  assert.deepEqual(rules, ["-", "-", "-", "-", "-:", "-", "-:", "-:"]);
  assert.deepEqual(cells(lines[4]), ["conv1", "Conv2d", "[16, 3, 3, 3]", "[16, 32, 32]", "432", "{-1, 1}", "1", "0.1"]);
  assert.deepEqual(cells(lines[7]), ["**total**", "", "", "", "**1,114**", "", "", "**2.9**"]);
  assert.ok(lines.includes("- **multiply-adds**: 443,008 an image"));
});

test("a long value set is written out once, a very long one only counted", () => {
  const over = (values: readonly number[]) =>
    summaryText({
      ...SEARCHED,
      search: { ...BINARY, values },
      layers: SEARCHED.layers.map((layer) => ({ ...layer, values })),
    });
  const sixteen = over(Array.from({ length: 16 }, (_, index) => index - 8));
  assert.match(sixteen, /^value set +\{-8, -7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7\}$/m);
  assert.match(sixteen, /weights searched over 16 values$/m);
  assert.match(sixteen, /^conv1 .* 16 values /m);
  assert.match(over(Array.from({ length: 256 }, (_, index) => index / 256)), /^value set +256 values from 0 to 0\.99/m);
});
