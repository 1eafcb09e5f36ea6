// Writes a checkpoint of the format's version of today, once, when a version is new: tests/fixtures/checkpoints/version-<n>/.

import { Sgd } from "../../src/optim/sgd.js";
import { CheckpointFolder } from "../../src/run/checkpoint-folder.js";
import { manualSeed } from "../../src/tensor/runtime.js";
import { checkpointTensors } from "../../src/train/checkpoint.js";
import { fakeEpoch } from "./fake-run.js";
import { TinyNetwork, tinyStep } from "./tiny-network.js";

const [folder = ""] = process.argv.slice(2);
manualSeed(3);
const network = new TinyNetwork();
const parameters = [...network.namedParameters()].map(([, parameter]) => parameter);
const searched = [...network.namedSearchedWeights()].map(([, weight]) => weight);
const trained = { network, optimizer: new Sgd(parameters, searched, { momentum: 0.9, weightDecay: 1e-4 }) };
for (let step = 0; step < 5; step++) tinyStep(trained, step);
const pass = { batch: 2, loss: 2.25, top1: 3, top5: 6, images: 6, skippedImages: 1, skippedSteps: 0 };
const path = new CheckpointFolder(folder).write({
  progress: {
    epochs: [fakeEpoch(1, 0.5, { val: { loss: Number.NaN, top1: 0.5, top5: 1 } })],
    pass: { ...pass, seconds: 1.5, dataWaitSeconds: 0.25 },
    leftOut: [{ epoch: 0, batch: 1 }],
  },
  tensors: checkpointTensors(trained),
});
console.log(path, tinyStep(trained, 5), tinyStep(trained, 6));
