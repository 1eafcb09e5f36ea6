// Masks of dropout, of a layer and of a call: a resumed run draws those of one that was not interrupted.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { NetworkDefinition } from "../src/models/network.js";
import { Dropout } from "../src/nn/dropout.js";
import { Linear } from "../src/nn/linear.js";
import { type Mode, Module } from "../src/nn/module.js";
import { relu } from "../src/tensor/activation.js";
import { dropout } from "../src/tensor/dropout.js";
import { flatten } from "../src/tensor/shape.js";
import type { Tensor } from "../src/tensor/tensor.js";
import { resume, train } from "../src/train/train.js";
import { stoppedRun } from "./support/stopped-run.js";

const root = mkdtempSync(join(tmpdir(), "dropout-run-"));
after(() => rmSync(root, { recursive: true }));

class Dropping extends Module {
  readonly #hidden: Linear;
  readonly #out: Linear;
  readonly #dropout: Dropout | null;

  constructor(hasLayer: boolean, numClasses: number) {
    super();
    this.#hidden = this.child("hidden", new Linear({ inFeatures: 3072, outFeatures: 16 }));
    this.#out = this.child("out", new Linear({ inFeatures: 16, outFeatures: numClasses }));
    this.#dropout = hasLayer ? this.child("dropout", new Dropout(0.5)) : null;
  }

  override forward(images: Tensor, mode: Mode): Tensor {
    const features = relu(this.#hidden.forward(flatten(images, 1), mode));
    const dropped = this.#dropout?.forward(features, mode) ?? (mode === "train" ? dropout(features, 0.5) : features);
    return this.#out.forward(dropped, mode);
  }
}

for (const hasLayer of [true, false]) {
  test(`dropout ${hasLayer ? "as a layer" : "called in forward"}: a resumed run is bit-exact`, async () => {
    const network: NetworkDefinition = {
      name: "dropping",
      build: ({ numClasses }) => new Dropping(hasLayer, numClasses),
      defaultConfig: "synthetic",
    };
    const options = {
      ...{ network, data: "synthetic", epochs: 2, limitBatches: 4, batchSize: 16, threads: 1, checkpointMinutes: 0 },
      note: () => undefined,
    };
    const whole = await train({ ...options, workDir: join(root, `whole-${hasLayer}`) });
    const directory = await stoppedRun({ ...options, workDir: join(root, `cut-${hasLayer}`) }, 2);
    await assert.rejects(resume(directory), /network.*dropping/);
    await assert.rejects(
      resume(directory, { network: { ...network, name: "other" } }),
      /`network`: expected dropping, with which .* began, found other/,
    );
    await resume(directory, { network, note: () => undefined });
    const model = (run: string | null) => readFileSync(join(run ?? "", "model.safetensors")).toString("base64");
    assert.equal(model(directory), model(whole.directory));
    const otherSeed = await train({ ...options, seed: 1, workDir: join(root, `seed-${hasLayer}`) });
    assert.notEqual(model(otherSeed.directory), model(whole.directory));
  });
}
