import type { OptionValue } from "../optim/definition.js";
import { optimizerNames } from "../optim/registry.js";
import { boolean, integer, number, oneOf, scalars } from "../text/kinds.js";
import { key } from "./training-key.js";

/** The value of `optim.name` where the optimizer is none that is built in, but given: `./lion.js`. */
export const OWN_OPTIMIZER = "own";

/** The keys of `optim` besides its groups: how parameters move. */
export const OPTIM_KEYS = {
  name: key<string>({
    json: "name",
    kind: oneOf(...optimizerNames, OWN_OPTIMIZER),
    default: "sgd",
    since: 6,
    description: "the optimizer; `own`: the one that `optimizer` gives",
  }),
  options: key<Readonly<Record<string, OptionValue>>>({
    json: "options",
    kind: scalars,
    default: {},
    since: 6,
    description: "`own`: options that the optimizer's `schema` names; its defaults where they are missing",
  }),
  nesterov: key<boolean>({
    json: "nesterov",
    kind: boolean,
    default: false,
    since: 6,
    description: "`sgd`: the gradient is that of a step ahead",
  }),
  beta1: key<number>({
    json: "beta1",
    kind: number({ min: 0, below: 1 }),
    default: 0.9,
    since: 6,
    description: "`adamw`: β₁ of the gradient's mean",
  }),
  beta2: key<number>({
    json: "beta2",
    kind: number({ min: 0, below: 1 }),
    default: 0.999,
    since: 6,
    description: "`adamw`: β₂ of the squared gradient's mean",
  }),
  epsilon: key<number>({
    json: "eps",
    kind: number({ above: 0 }),
    default: 1e-8,
    since: 6,
    description: "`adamw`: ε",
  }),
  clipNorm: key<number | null>({
    json: "clip_norm",
    kind: number({ above: 0 }),
    default: null,
    since: 6,
    description:
      "the largest norm of all gradients together, those of searched weights by ∂L/∂w; larger ones are scaled down to it",
  }),
  accumulate: key<number>({
    json: "accumulate",
    kind: integer(1),
    default: 1,
    since: 6,
    description: "batches whose gradients are averaged for a step; more than 1 in one process only",
  }),
  ema: key<number | null>({
    json: "ema",
    kind: number({ above: 0, below: 1 }),
    default: null,
    since: 6,
    description:
      "decay d of running means of everything trained, x̄ ← d x̄ + (1 − d) x after each step; they are evaluated, and are the model",
  }),
} as const;

/** The keys of `optim.norms`: settings of parameters with fewer than two dimensions, γ, β and biases. */
export const NORM_KEYS = {
  lrScale: key<number>({
    json: "lr_scale",
    kind: number({ above: 0 }),
    default: 1,
    since: 6,
    description: "their learning rate as a multiple of the schedule's",
  }),
  weightDecay: key<number>({
    json: "weight_decay",
    kind: number({ min: 0 }),
    defaultsTo: "weightDecay",
    since: 6,
    description: "λ of γ, β and biases; scales of searched weights have none",
  }),
} as const;

/** The keys of `optim.logits`: settings of the logits, where they differ from all other parameters'. */
export const LOGIT_KEYS = {
  lrScale: key<number>({
    json: "lr_scale",
    kind: number({ above: 0 }),
    default: 1,
    since: 4,
    description: "the logits' learning rate as a multiple of the schedule's",
  }),
  lrUnit: key<"plain" | "float">({
    json: "lr_unit",
    kind: oneOf("plain", "float"),
    default: "plain",
    since: 5,
    description: "whether that rate is used as it is, or gradients are scaled to those of a float layer",
  }),
  weightDecay: key<number>({
    json: "weight_decay",
    kind: number({ min: 0 }),
    defaultsTo: "weightDecay",
    since: 4,
    description: "λ of the logits",
  }),
  momentum: key<number>({
    json: "momentum",
    kind: number({ min: 0, below: 1 }),
    defaultsTo: "momentum",
    since: 4,
    description: "μ of the logits",
  }),
} as const;
