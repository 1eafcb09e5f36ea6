import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packModel } from "../../../src/formats/packed/packed-model.js";
import { writeSafetensors } from "../../../src/formats/safetensors.js";
import { BatchNorm2d } from "../../../src/nn/batch-norm.js";
import { Conv2d } from "../../../src/nn/conv2d.js";
import { readModelFile } from "../../../src/nn/files/read-model.js";
import { Linear } from "../../../src/nn/linear.js";
import { describeReport } from "../../../src/nn/load-report.js";
import { loadByName } from "../../../src/nn/load-state.js";
import { type Mode, Module } from "../../../src/nn/module.js";
import { quantizedState, trainingState } from "../../../src/nn/state-dict.js";
import { randn } from "../../../src/tensor/create.js";
import { toEntries } from "../../../src/tensor/entries.js";
import { globalAvgPool2d } from "../../../src/tensor/pooling.js";
import { flatten } from "../../../src/tensor/shape.js";
import { liveTensors, scope, type Tensor } from "../../../src/tensor/tensor.js";
import { mutateBytes } from "../mutate-bytes.js";
import type { Target } from "../target.js";
import { feedFile } from "./feed-file.js";
import { mutateHeader } from "./safetensors.js";

const VALUES = [-1, 0, 1];

/** linear(mean(relu(bn(conv2(conv1(x)))))); conv2 is searched. */
class Small extends Module {
  readonly #conv1: Conv2d;
  readonly #conv2: Conv2d;
  readonly #bn: BatchNorm2d;
  readonly #linear: Linear;

  constructor() {
    super();
    const shared = { outChannels: 2, kernelSize: 3, padding: 1, fanMode: "fan-in" } as const;
    this.#conv1 = this.child("conv1", new Conv2d({ ...shared, inChannels: 1, values: null }));
    this.#conv2 = this.child("conv2", new Conv2d({ ...shared, inChannels: 2, values: VALUES }));
    this.#bn = this.child("bn", new BatchNorm2d(2));
    this.#linear = this.child("linear", new Linear({ weight: randn([3, 2]), bias: randn([3]), values: null }));
  }

  override forward(input: Tensor, mode: Mode): Tensor {
    const hidden = this.#conv2.forward(this.#conv1.forward(input, mode), mode);
    return this.#linear.forward(flatten(globalAvgPool2d(this.#bn.forwardRelu(hidden, mode)), 1), mode);
  }
}

/** The network's tensors as training keeps them, as they were found, and packed. */
function files(): Uint8Array[] {
  const folder = mkdtempSync(join(tmpdir(), "weight-search-seed-"));
  const path = join(folder, "seed");
  try {
    const network = new Small();
    const found = toEntries(quantizedState(network));
    const packed = packModel(found, new Map([["conv2.weight", VALUES]]));
    return [{ tensors: toEntries(trainingState(network)), metadata: {} }, { tensors: found, metadata: {} }, packed].map(
      ({ tensors, metadata }) => {
        writeSafetensors(path, tensors, metadata);
        return readFileSync(path);
      },
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A model of any names, shapes and types, loaded into a network that has its own. */
export const loadNetwork: Target = {
  name: "load-network",
  mutators: [mutateBytes, mutateHeader, mutateHeader],
  seeds: files,
  prepare: (folder) => {
    const network = new Small();
    const shapes = () => [...trainingState(network)].map(([name, { shape }]) => `${name} ${shape}`);
    const before = shapes();
    return feedFile(folder, "input", (path) => {
      const live = liveTensors();
      try {
        scope(() => {
          const { tensors } = readModelFile(path);
          for (const line of describeReport(loadByName(network, tensors, path, { imageShape: [1, 4, 4] }))) {
            assert.ok(
              !/\p{Cc}/u.test(line) && line.length < 3000,
              `a report such as ${JSON.stringify(line.slice(0, 300))}`,
            );
          }
        });
      } finally {
        assert.equal(liveTensors(), live, "tensors were left behind");
        assert.deepEqual(shapes(), before);
      }
    });
  },
};
