// Searches 1-bit weights for a multilayer perceptron on MNIST; each layer has a scale, since no normalization follows it.
//   node dist/examples/mnist.js DATA [work directory] [epochs] [batches an epoch] [seed] [scale: auto or none]
import { train } from "weight-search";
import { type NetworkOptions, valuesAt } from "weight-search/models";
import * as nn from "weight-search/nn";

const [path = "data", workDir = "results", epochs = "10", batches = "1000", seed = "0", scale = "auto"] =
  process.argv.slice(2);

function build({ numClasses, search }: NetworkOptions) {
  const layer = (inFeatures: number, outFeatures: number, position: "first" | "middle" | "last") =>
    new nn.Linear({ inFeatures, outFeatures, values: valuesAt(search, position) });
  const [first, middle, last] = [
    layer(28 * 28, 512, "first"),
    layer(512, 512, "middle"),
    layer(512, numClasses, "last"),
  ];
  return new nn.Sequential(new nn.Flatten(), first, new nn.ReLU(), middle, new nn.ReLU(), last);
}

const { directory } = await train({
  network: { name: "mnist-mlp", build },
  ...{ data: "mnist", path, workDir, seed: Number(seed), epochs: Number(epochs), limitBatches: Number(batches) },
  ...{ quantize: true, values: [-1, 1], quantizeFirstLayer: true, quantizeLastLayer: true },
  weightScale: scale === "none" ? "none" : "auto",
  config: {
    ...{
      init_lr: 0.1,
      weight_decay: 0,
      momentum: 0.9,
      epochs: 10,
      batch_size: 128,
      lr_scheduler: "Cos",
      lr_step: "batch",
    },
    ...{ logit_init: "normal", optim: { logits: { lr_scale: 1.6, lr_unit: "float" } } },
  },
  loggers: [{ epoch: ({ epoch, val }) => console.log(`epoch ${epoch}: top-1 ${(100 * val.top1).toFixed(2)} %`) }],
});
console.log(`run: ${directory}`);
