// Worker: training steps of ours, done as the trainer does them. See worker-protocol.ts for the commands.
import { z } from "zod";
import { InputError } from "../src/errors.js";
import { networks } from "../src/models/registry.js";
import { Sgd } from "../src/optim/sgd.js";
import { type Draw, EVALUATION_DRAW } from "../src/search/sample.js";
import { randn, tensor } from "../src/tensor/create.js";
import { crossEntropy } from "../src/tensor/loss.js";
import { manualSeed, setThreads, threads, versions } from "../src/tensor/runtime.js";
import { contiguous } from "../src/tensor/shape.js";
import { scope } from "../src/tensor/tensor.js";
import { countCorrect } from "../src/train/accuracy.js";
import { type Settings, serve, settingsSchema } from "./worker-protocol.js";

const NUM_CLASSES = 10;
const DRAW: Draw = { ...EVALUATION_DRAW, temperature: 1, hard: true };

const stepsSchema = z.object({ steps: z.int().min(1) });

/** A function that does one training step and returns its loss; its tensors live as long as the process. */
function trainingStep(settings: Settings): () => number {
  const family = networks.get(settings.network);
  if (family === undefined) throw new InputError(`there is no network "${settings.network}"`);
  setThreads(settings.threads);
  manualSeed(0);
  const search = settings.values && { values: settings.values, firstLayer: false, lastLayer: false };
  const network = family.build({ numClasses: NUM_CLASSES, search });
  const searched = [...network.namedSearchedWeights()].map(([, weight]) => weight);
  const parameters = [...network.namedParameters()].map(([, parameter]) => parameter);
  const sgd = new Sgd(parameters, searched, { momentum: 0.9, weightDecay: 1e-4 });
  const { imageSize } = family.madeFor;
  const images = contiguous(randn([settings.batch, 3, imageSize, imageSize]), family.memoryFormat);
  const labels = tensor(
    Array.from({ length: settings.batch }, () => Math.floor(Math.random() * NUM_CLASSES)),
    [settings.batch],
    "int64",
  );
  return () =>
    scope(() => {
      for (const weight of searched) weight.draw(DRAW);
      const logits = network.forward(images, "train");
      const loss = crossEntropy(logits, labels);
      sgd.clearGradients();
      loss.backward();
      sgd.step(settings.learningRate);
      countCorrect(logits, labels);
      return loss.item();
    });
}

let step: (() => number) | undefined;

await serve((command) => {
  const settings = settingsSchema.safeParse(command);
  if (settings.success) {
    step = trainingStep(settings.data);
    return { libtorch: versions().libtorch, threads: threads() };
  }
  const { steps } = stepsSchema.parse(command);
  if (step === undefined) throw new Error("no training was set up");
  let loss = Number.NaN;
  const seconds: number[] = [];
  for (let index = 0; index < steps; index++) {
    const start = performance.now();
    loss = step();
    seconds.push((performance.now() - start) / 1000);
  }
  return {
    seconds,
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
    loss: Number.isFinite(loss) ? loss : null,
  };
});
