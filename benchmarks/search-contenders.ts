import { logitGradient, logitSgdStep, sample, sampleInto } from "../src/search/sample.js";
import { noGrad } from "../src/tensor/autograd.js";
import { randn, tensor, zeros, zerosLike } from "../src/tensor/create.js";
import { composedDraw, composedSgdStep } from "./composed-search.js";
import type { Mode } from "./precision.js";
import { searchFloats } from "./search-floats.js";
import { drawOf } from "./training-step.js";

/** What is timed, and the floats that it must at least read and write for each weight. */
export interface Contender {
  /** `fused` and `composed` run in this process, `peer` in Python. */
  readonly name: "fused" | "composed" | "peer";
  readonly work: "forward + backward" | "whole step";
  readonly floatsPerWeight: number;
}

/** Contenders of this process, and the memory that they share. */
export interface OwnContenders {
  readonly contenders: readonly (Contender & { readonly run: () => void })[];
  readonly release: () => void;
}

const SETTINGS = { learningRate: 1e-3, momentum: 0.9, weightDecay: 1e-4 };

/** K values, symmetric around 0. */
export function searchValues(valueCount: number): readonly number[] {
  return Array.from({ length: valueCount }, (_, index) => index - (valueCount - 1) / 2);
}

/** The floats of a step of one weight, as `SearchedWeight` takes it. */
export function wholeStepFloats(valueCount: number, mode: Mode): number {
  return drawsInStep(mode)
    ? searchFloats.sgdStepAndDraw(valueCount)
    : searchFloats.draw(valueCount) + searchFloats.sgdStep(valueCount);
}

/** Whether the step computes the next weights too: for hard weights without noise. */
function drawsInStep(mode: Mode): boolean {
  return mode === "hard";
}

/** The contenders of this process for N weights, each with K logits; outside every scope, until released. */
export function ownContenders(weights: number, values: readonly number[], mode: Mode): OwnContenders {
  const valueCount = values.length;
  const valueTensor = tensor(values);
  const logits = randn([weights, valueCount]);
  const momentum = zerosLike(logits);
  const weightGradient = randn([weights]);
  const weight = zeros([weights]);
  const leaf = randn([weights, valueCount]);
  leaf.requiresGrad = true;
  const leafMomentum = noGrad(() => zerosLike(leaf));
  const draw = drawOf(mode, 0, 0);

  const next = drawsInStep(mode) ? weight : null;
  const drawAndGradient = () => {
    noGrad(() => sample(logits, values, draw));
    logitGradient(weightGradient, logits, values, draw);
  };
  const fusedStep = () => {
    if (next === null) noGrad(() => sampleInto(weight, logits, values, draw));
    logitSgdStep(logits, momentum, weightGradient, values, draw, SETTINGS, next);
  };
  const composedDrawAndGradient = () => {
    leaf.clearGrad();
    composedDraw(leaf, valueTensor, mode).backward(weightGradient);
  };
  const composedStep = () => {
    composedDrawAndGradient();
    composedSgdStep(leaf, leafMomentum, SETTINGS);
  };
  const part = {
    work: "forward + backward",
    floatsPerWeight: searchFloats.draw(valueCount) + searchFloats.gradient(valueCount),
  } as const;
  const whole = { work: "whole step", floatsPerWeight: wholeStepFloats(valueCount, mode) } as const;
  const contenders: OwnContenders["contenders"] = [
    { name: "fused", ...part, run: drawAndGradient },
    { name: "composed", ...part, run: composedDrawAndGradient },
    { name: "fused", ...whole, run: fusedStep },
    { name: "composed", ...whole, run: composedStep },
  ];
  const tensors = [valueTensor, logits, momentum, weightGradient, weight, leaf, leafMomentum];
  return {
    contenders,
    release: () => {
      for (const tensor of tensors) tensor.release();
    },
  };
}
