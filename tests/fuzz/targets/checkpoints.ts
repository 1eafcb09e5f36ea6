import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Sgd } from "../../../src/optim/sgd.js";
import { readCheckpoint } from "../../../src/run/checkpoint-file.js";
import { readRunConfig } from "../../../src/run/config.js";
import { progressText } from "../../../src/run/progress.js";
import { readRecord } from "../../../src/run/record.js";
import { liveTensors } from "../../../src/tensor/tensor.js";
import { checkpointTensors, restoreTensors } from "../../../src/train/checkpoint.js";
import { ROOT } from "../../support/command.js";
import { TinyNetwork } from "../../support/tiny-network.js";
import { type Mutator, mutateBytes } from "../mutate-bytes.js";
import { mutateJson } from "../mutate-json.js";
import type { Target } from "../target.js";
import { feedFile } from "./feed-file.js";
import { mutateHeader } from "./safetensors.js";

const FIXTURES = join(ROOT, "tests", "fixtures");
const NAME = "0001-000002";
const fixture = (suffix: string) => join(FIXTURES, "run-checkpoints", "version-1", NAME + suffix);

/** A manifest with the checksum that its other keys have. */
function signed(manifest: Record<string, unknown>): Uint8Array {
  const { sha256: _, ...rest } = manifest;
  const sha256 = createHash("sha256").update(JSON.stringify(rest)).digest("hex");
  return Buffer.from(`${JSON.stringify({ ...rest, sha256 })}\n`);
}

/** Changes the manifest and makes its checksum right again, so that what comes after the checksum is tried. */
const mutateSigned: Mutator = (input, draw, other) => {
  const changed = mutateJson(input, draw, other);
  try {
    const manifest: unknown = JSON.parse(Buffer.from(changed).toString("utf8"));
    return typeof manifest === "object" && manifest !== null && !Array.isArray(manifest)
      ? signed(manifest as Record<string, unknown>)
      : changed;
  } catch {
    return changed;
  }
};

/** The manifest of a checkpoint whose tensors are as they were. */
export const checkpointManifest: Target = {
  name: "checkpoint-manifest",
  mutators: [mutateBytes, mutateSigned, mutateSigned],
  seeds: () => [readFileSync(fixture(".json"))],
  prepare: (folder) => {
    const expected = readCheckpoint(fixture(".json")).tensors;
    copyFileSync(fixture(".safetensors"), join(folder, `${NAME}.safetensors`));
    return feedFile(folder, `${NAME}.json`, (path) => {
      const { progress, tensors } = readCheckpoint(path);
      assert.deepEqual(tensors, expected);
      assert.ok(progress.epochs.every(({ epoch }, index) => epoch === index + 1));
      assert.ok(progress.pass === null || progress.pass.batch >= 1);
      assert.ok(!progressText(progress).includes("undefined"));
    });
  },
};

/** The tensors of a checkpoint whose manifest matches them. */
export const checkpointFile: Target = {
  name: "checkpoint-tensors",
  mutators: [mutateBytes, mutateHeader, mutateHeader],
  seeds: () => [readFileSync(fixture(".safetensors"))],
  prepare: (folder) => {
    const network = new TinyNetwork();
    const parameters = [...network.namedParameters()].map(([, parameter]) => parameter);
    const searched = [...network.namedSearchedWeights()].map(([, weight]) => weight);
    const trained = { network, optimizer: new Sgd(parameters, searched, { momentum: 0.9, weightDecay: 0 }) };
    const bytes = () =>
      Buffer.concat([...checkpointTensors(trained).values()].map(({ data }) => Buffer.from(Uint8Array.from(data))));
    const manifest = JSON.parse(readFileSync(fixture(".json"), "utf8")) as Record<string, unknown>;
    return feedFile(folder, `${NAME}.safetensors`, (path, input) => {
      const sha256 = createHash("sha256").update(input).digest("hex");
      const file = join(folder, `${NAME}.json`);
      writeFileSync(
        file,
        signed({ ...manifest, tensors: { file: `${NAME}.safetensors`, sizeBytes: input.length, sha256 } }),
      );
      const { tensors } = readCheckpoint(file);
      const [before, live] = [bytes(), liveTensors()];
      try {
        restoreTensors(trained, tensors, path);
      } catch (error) {
        assert.ok(bytes().equals(before), "a network changed by a checkpoint that was refused");
        throw error;
      } finally {
        assert.equal(liveTensors(), live);
      }
      assert.equal(bytes().length, before.length);
    });
  },
};

/** The configuration of a resumed run. */
export const resumedConfig: Target = {
  name: "resumed-config",
  mutators: [mutateBytes, mutateJson, mutateJson],
  seeds: () => [1, 2].map((version) => readFileSync(join(FIXTURES, "runs", `format-${version}`, "config.json"))),
  prepare: (folder) =>
    feedFile(folder, "config.json", (path) => {
      const { settings, laterStages } = readRecord(readRunConfig(path), path);
      const { recipe, threads, search, stage } = settings;
      assert.ok(recipe.batchSize >= 1 && threads >= 1 && laterStages >= 0);
      assert.ok(search === null || search.values.length >= 2 || stage !== null);
    }),
};
