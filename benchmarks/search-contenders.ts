import { logitGradient, logitSgdStep, sample, sampleInto } from "../src/search/sample.js";
import { noGrad } from "../src/tensor/autograd.js";
import { randn, tensor, zeros, zerosLike } from "../src/tensor/create.js";
import { composedDraw, composedSgdStep } from "./composed-search.js";
import type { Mode } from "./precision.js";
import { searchFloats } from "./search-floats.js";
import { drawOf } from "./training-step.js";

/** Something timed, and the floats that it must at least read and write for each weight. */
export interface Contender {
  readonly name: "fused" | "composed";
  readonly work: "forward + backward" | "whole step";
  readonly floatsPerWeight: number;
  readonly run: () => void;
}

const SETTINGS = { learningRate: 1e-3, momentum: 0.9, weightDecay: 1e-4 };

/** The contenders for N weights, each with K logits; their tensors live as long as the scope around. */
export function searchContenders(weights: number, valueCount: number, mode: Mode): readonly Contender[] {
  const values = Array.from({ length: valueCount }, (_, index) => index - (valueCount - 1) / 2);
  const valueTensor = tensor(values);
  const logits = randn([weights, valueCount]);
  const momentum = zerosLike(logits);
  const weightGradient = randn([weights]);
  const weight = zeros([weights]);
  const leaf = randn([weights, valueCount]);
  leaf.requiresGrad = true;
  const leafMomentum = noGrad(() => zerosLike(leaf));
  const draw = drawOf(mode, 0, 0);

  const forwardBackward = searchFloats.draw(valueCount) + searchFloats.gradient(valueCount);
  // As `SearchedWeight` does it: the step makes the next weight too, where that is the logits' best value and no more.
  const drawsInStep = mode === "hard";
  const wholeStep = drawsInStep
    ? searchFloats.sgdStepAndDraw(valueCount)
    : searchFloats.draw(valueCount) + searchFloats.sgdStep(valueCount);
  const composedForwardBackward = () => {
    leaf.clearGrad();
    composedDraw(leaf, valueTensor, mode).backward(weightGradient);
  };
  return [
    {
      name: "fused",
      work: "forward + backward",
      floatsPerWeight: forwardBackward,
      run: () => {
        noGrad(() => sample(logits, values, draw));
        logitGradient(weightGradient, logits, values, draw);
      },
    },
    {
      name: "composed",
      work: "forward + backward",
      floatsPerWeight: forwardBackward,
      run: composedForwardBackward,
    },
    {
      name: "fused",
      work: "whole step",
      floatsPerWeight: wholeStep,
      run: () => {
        if (!drawsInStep) noGrad(() => sampleInto(weight, logits, values, draw));
        logitSgdStep(logits, momentum, weightGradient, values, draw, SETTINGS, drawsInStep ? weight : null);
      },
    },
    {
      name: "composed",
      work: "whole step",
      floatsPerWeight: wholeStep,
      run: () => {
        composedForwardBackward();
        composedSgdStep(leaf, leafMomentum, SETTINGS);
      },
    },
  ];
}
