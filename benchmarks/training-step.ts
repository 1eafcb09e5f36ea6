import { networks } from "../src/models/registry.js";
import { Sgd } from "../src/optim/sgd.js";
import type { Draw } from "../src/search/sample.js";
import { randn, tensor } from "../src/tensor/create.js";
import { crossEntropy } from "../src/tensor/loss.js";
import { manualSeed, setThreads } from "../src/tensor/runtime.js";
import { contiguous } from "../src/tensor/shape.js";
import { scope } from "../src/tensor/tensor.js";
import { InputError } from "../src/text/errors.js";
import { countCorrect } from "../src/train/accuracy.js";
import type { Mode } from "./precision.js";
import type { Settings } from "./worker-protocol.js";

/** As in the recipes' first epoch, so that the loss stays finite. */
const LEARNING_RATES: ReadonlyMap<string, number> = new Map([["resnet20", 0.1]]);
const OTHER_LEARNING_RATE = 0.02;

/** The learning rate of both sides. */
export function learningRateOf(network: string): number {
  return LEARNING_RATES.get(network) ?? OTHER_LEARNING_RATE;
}

/** The draw of a layer at a step, as the trainer makes it: noise of its own for each. */
export function drawOf(mode: Mode, step: number, layer: number): Draw {
  return {
    temperature: 1,
    noiseScale: mode === "noise" ? 1 : 0,
    seed: BigInt(layer) << 32n,
    step,
    hard: mode !== "soft",
  };
}

/**
 * A function that does one training step as `src/train/loop.ts` does it, on random images that stay the same, and
 * returns its loss; its tensors live as long as the process.
 */
export function trainingStep(settings: Settings): () => number {
  const family = networks.get(settings.network);
  if (family === undefined) throw new InputError(`there is no network "${settings.network}"`);
  setThreads(settings.threads);
  manualSeed(0);
  const { imageSize, numClasses } = family.madeFor;
  const search = settings.search && { values: settings.search.values, firstLayer: false, lastLayer: false };
  const network = family.build({ numClasses, search });
  const searched = [...network.namedSearchedWeights()].map(([, weight]) => weight);
  const parameters = [...network.namedParameters()].map(([, parameter]) => parameter);
  const sgd = new Sgd(parameters, searched, { momentum: 0.9, weightDecay: 1e-4 });
  const images = contiguous(randn([settings.batch, 3, imageSize, imageSize]), family.memoryFormat);
  const labels = tensor(
    Array.from({ length: settings.batch }, () => Math.floor(Math.random() * numClasses)),
    [settings.batch],
    "int64",
  );
  const mode = settings.search?.mode ?? "hard";
  let step = 0;
  return () =>
    scope(() => {
      searched.forEach((weight, layer) => {
        weight.draw(drawOf(mode, step, layer));
      });
      step += 1;
      const logits = network.forward(images, "train");
      const loss = crossEntropy(logits, labels);
      sgd.clearGradients();
      loss.backward();
      sgd.step(settings.learningRate);
      countCorrect(logits, labels);
      return loss.item();
    });
}
