import assert from "node:assert/strict";
import { test } from "node:test";
import { builtInNames } from "../../src/config/built-in-json.js";
import { datasetNames } from "../../src/data/registry.js";
import { networks } from "../../src/models/registry.js";
import { assertRefused, weightSearch } from "../support/command.js";

function list(...args: string[]): string {
  const { code, stdout, stderr } = weightSearch(["list", ...args]);
  assert.deepEqual([code, stderr], [0, ""]);
  return stdout;
}

test("every kind lists the names of its registry, as a table and as JSON", () => {
  for (const [kind, names] of [
    ["models", [...networks.keys()]],
    ["datasets", datasetNames],
    ["configs", builtInNames("training")],
    ["value-sets", builtInNames("quantization")],
    ["transforms", builtInNames("transform")],
  ] as const) {
    const rows = JSON.parse(list(kind, "--json")) as { name: string }[];
    assert.deepEqual(
      rows.map(({ name }) => name),
      names,
    );
    const [, , ...lines] = list(kind).trimEnd().split("\n");
    assert.deepEqual(
      lines.map((line) => line.split(" ")[0]),
      names,
    );
  }
});

test("a row says what the registry knows of it", () => {
  assert.match(list("models"), /^mobilenet_v2 +from 32×32 +3×224×224 +1000 +float +mobilenetv2-150$/m);
  assert.match(list("models"), /^vit +multiples of 4 +3×32×32 +10 +float +vit-100$/m);
  assert.match(list("datasets"), /^mnist +.* yes/m);
  assert.match(list("value-sets"), /^1b +1 +\{±1\}$/m);
  assert.match(list("configs"), /^resnet20-30 +30 +128 +0\.1 +Cos$/m);
});

test("another kind is refused with those that there are", () => {
  assertRefused(["list", "networks"], /'networks' is invalid for argument 'kind'.*models, datasets, configs/);
  assertRefused(["list"], /missing required argument 'kind'/);
});
