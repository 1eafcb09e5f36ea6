import { join } from "node:path";
import { networks } from "../../src/models/registry.js";
import type { Module } from "../../src/nn/module.js";
import { loadTrainingState } from "../../src/nn/state-dict.js";
import { Sgd } from "../../src/optim/sgd.js";
import { type Draw, EVALUATION_DRAW } from "../../src/search/sample.js";
import { noGrad } from "../../src/tensor/autograd.js";
import { loadTensors } from "../../src/tensor/entries.js";
import { crossEntropy } from "../../src/tensor/loss.js";
import { norm } from "../../src/tensor/reduce.js";
import { contiguous, type MemoryFormat, select } from "../../src/tensor/shape.js";
import { scope, type Tensor } from "../../src/tensor/tensor.js";
import { InputError } from "../../src/text/errors.js";
import { countCorrect } from "../../src/train/accuracy.js";
import { type ExpectedTrace, readExpected } from "./case.js";

export interface MeasuredStep {
  readonly loss: number;
  readonly correct1: number;
  readonly correct5: number;
  readonly gradientNorm: number;
}

export interface MeasuredTrace {
  readonly expected: ExpectedTrace;
  readonly steps: readonly MeasuredStep[];
  /** Loss of batch 0 after the last step, with hard weights and running statistics. */
  readonly evaluationLoss: number;
}

/** √(Σ ‖g‖²) over the gradients of all parameters and of all logits. */
function gradientNorm(network: Module): number {
  const gradients = [
    ...[...network.namedParameters()].map(([, parameter]) => parameter.grad),
    ...[...network.namedSearchedWeights()].map(([, searched]) => searched.logitGradient()),
  ];
  return Math.hypot(...gradients.map((gradient) => (gradient === null ? 0 : norm(gradient).item())));
}

/**
 * Runs the steps of a trace folder (`init.safetensors`, `batches.safetensors`, `expected.json`) with our network.
 *
 * The traces were recorded with row-major images. Another layout adds in another order, and where logits all but tie a
 * last bit decides which value wins: so row-major is what a trace is held to, and other layouts are for comparison.
 */
export function measureTrace(folder: string, memoryFormat: MemoryFormat = "contiguous_format"): MeasuredTrace {
  return scope(() => {
    const expected = readExpected(folder);
    const { values, temperature, optimizer } = expected;
    const family = networks.get(expected.arch);
    if (family === undefined) throw new InputError(`${folder}: key "arch": there is no network "${expected.arch}"`);
    const search = values && {
      values,
      firstLayer: expected.quantize_first_layer,
      lastLayer: expected.quantize_last_layer,
    };
    const network = family.build({ numClasses: expected.num_classes, search });
    const initial = join(folder, "init.safetensors");
    loadTrainingState(network, loadTensors(initial), initial);
    const batchesPath = join(folder, "batches.safetensors");
    const batches = loadTensors(batchesPath);
    const images = batches.get("images");
    const labels = batches.get("labels");
    if (!images || !labels) throw new InputError(`${batchesPath}: expected the tensors "images" and "labels"`);
    if ((images.shape[0] ?? 0) < expected.steps.length) {
      throw new InputError(`${batchesPath}: expected ${expected.steps.length} batches, found ${images.shape[0]}`);
    }
    const searched = [...network.namedSearchedWeights()].map(([, weight]) => weight);
    const parameters = [...network.namedParameters()].map(([, parameter]) => parameter);
    const sgd = new Sgd(parameters, searched, sgdSettings(optimizer));
    const draw: Draw = { ...EVALUATION_DRAW, temperature, hard: expected.strategy === "hard" };
    const batch = (index: number): [Tensor, Tensor] => [
      contiguous(select(images, 0, index), memoryFormat),
      select(labels, 0, index),
    ];

    const steps = expected.steps.map((_, index) =>
      scope(() => {
        const [input, target] = batch(index);
        for (const weight of searched) weight.draw(draw);
        const logits = network.forward(input, "train");
        const loss = crossEntropy(logits, target);
        sgd.clearGradients();
        loss.backward();
        const { top1, top5 } = countCorrect(logits, target);
        const measured = { loss: loss.item(), correct1: top1, correct5: top5, gradientNorm: gradientNorm(network) };
        sgd.step(optimizer.lr);
        return measured;
      }),
    );
    const evaluationLoss = noGrad(() => {
      const [input, target] = batch(0);
      for (const weight of searched) weight.draw(EVALUATION_DRAW);
      return crossEntropy(network.forward(input, "eval"), target).item();
    });
    return { expected, steps, evaluationLoss };
  });
}

function sgdSettings({ momentum, weight_decay }: ExpectedTrace["optimizer"]) {
  return { momentum, weightDecay: weight_decay };
}
