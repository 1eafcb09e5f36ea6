import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { loadTrainingConfig } from "../../../src/config/training.js";
import { loadTransforms } from "../../../src/config/transform.js";
import { loadValueSet } from "../../../src/config/value-set-file.js";
import { loadReference } from "../../../src/report/results/reference.js";
import { packageRoot } from "../../../src/system/package-root.js";
import { duplicateKey } from "../../../src/text/json-keys.js";
import { parseJson } from "../../../src/text/parse-json.js";
import { mutateBytes } from "../mutate-bytes.js";
import { mutateJson } from "../mutate-json.js";
import type { Target } from "../target.js";
import { feedFile } from "./feed-file.js";

const mutators = [mutateBytes, mutateJson, mutateJson, mutateJson];

function builtIn(folder: string): Uint8Array[] {
  const path = join(packageRoot(), "json", folder);
  return readdirSync(path)
    .sort()
    .map((name) => readFileSync(join(path, name)));
}

const noNote = () => undefined;

export const recipes: Target = {
  name: "recipe",
  mutators,
  seeds: () => builtIn("training"),
  prepare: (folder) =>
    feedFile(folder, "input.json", (path) => {
      const { epochs, batchSize, initLr, momentum, milestones } = loadTrainingConfig(path);
      assert.ok(Number.isSafeInteger(epochs) && epochs >= 1 && Number.isSafeInteger(batchSize) && batchSize >= 1);
      assert.ok(Number.isFinite(initLr) && initLr > 0 && momentum >= 0 && momentum < 1);
      assert.ok(milestones.every((milestone, index) => milestone > (milestones[index - 1] ?? 0)));
    }),
};

export const transforms: Target = {
  name: "transforms",
  mutators,
  seeds: () => builtIn("transform"),
  prepare: (folder) =>
    feedFile(folder, "input.json", (path) => {
      const { train, val } = loadTransforms(path, noNote);
      assert.ok(train.length >= 1 && val.length >= 1);
    }),
};

export const references: Target = {
  name: "reference",
  mutators,
  seeds: () => [readFileSync(join(packageRoot(), "results/published/reference.json"))],
  prepare: (folder) =>
    feedFile(folder, "input.json", (path) => {
      const { networks, sources } = loadReference(path);
      assert.ok(networks.every(({ reported }) => reported.every(({ source }) => sources.includes(source))));
    }),
};

/** A list as a file and, where it starts with a bracket, as a flag's argument. */
export const valueSets: Target = {
  name: "value-set",
  mutators,
  seeds: () => [...builtIn("quantization"), Buffer.from("[-1, 0, 0.5, 1e-3]")],
  isUnnamed: true,
  prepare: (folder) =>
    feedFile(folder, "input.json", (path, input) => {
      const text = Buffer.from(input).toString("utf8");
      const values = input[0] === 0x5b ? loadValueSet(text, noNote) : loadValueSet(path, noNote);
      const rounded = values.map(Math.fround);
      assert.ok(values.length >= 2 && values.length <= 256 && rounded.every(Number.isFinite));
      assert.equal(new Set(rounded).size, values.length);
    }),
};

/**
 * What we read, JSON.parse reads too, and the same; what it reads we read, but for keys twice and what is too deep or
 * long.
 */
export const jsonText: Target = {
  name: "json-text",
  mutators,
  seeds: () => [...builtIn("transform"), Buffer.from('{"a":[1,-2.5e3,"\\u00e9\\n",null,true,{"b":{}}],"":[]}')],
  prepare: (folder) => (input) => {
    const text = Buffer.from(input).toString("utf8");
    let expected: unknown;
    let isJson = true;
    try {
      expected = JSON.parse(text);
    } catch {
      isJson = false;
    }
    let value: unknown;
    try {
      value = parseJson(text, join(folder, "input.json"));
    } catch (error) {
      const isLimited = /found twice|nested levels|at most 100000 values|JSON number/.test(
        error instanceof Error ? error.message : "",
      );
      assert.ok(!isJson || isLimited, `refused what JSON.parse reads: ${error}`);
      throw error;
    }
    assert.ok(isJson, "read what JSON.parse does not");
    assert.deepEqual(value, expected);
    assert.equal(duplicateKey(text), undefined);
  },
};
