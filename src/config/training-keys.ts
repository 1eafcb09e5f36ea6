import { increasing, integer, number, oneOf } from "../text/kinds.js";
import { LOGIT_KEYS, NORM_KEYS, OPTIM_KEYS } from "./optim-keys.js";
import { key, type TrainingKey, type ValuesOf } from "./training-key.js";

/** What float32 holds, with room to spare: temperatures as flags give them. */
const TEMPERATURE = number({ min: 1e-30, max: 1e30 });

/** The keys of a training config, by their names in `TrainingConfig` and in a run's `config.json`; in the order of the documentation. */
export const TRAINING_KEYS = {
  initLr: key<number, "lr">({
    json: "init_lr",
    kind: number({ above: 0 }),
    description: "learning rate before any decay, η₀",
    override: { name: "lr", value: "r", description: "override the config's learning rate, init_lr" },
  }),
  weightDecay: key<number, "weightDecay">({
    json: "weight_decay",
    kind: number({ min: 0 }),
    description: "λ",
    override: { name: "weightDecay", value: "w", description: "override the config's weight decay" },
  }),
  momentum: key<number>({ json: "momentum", kind: number({ min: 0, below: 1 }), description: "μ of SGD" }),
  epochs: key<number, "epochs">({
    json: "epochs",
    kind: integer(1),
    description: "passes over the training images",
    override: {
      name: "epochs",
      value: "n",
      description: "override the config's epochs; of a resumed run: lengthen it",
      onResume: true,
    },
  }),
  batchSize: key<number, "batchSize">({
    json: "batch_size",
    kind: integer(1),
    description:
      "images per step, over all ranks; the remainder of an epoch is a step too, but a single image joins the one before",
    override: { name: "batchSize", value: "n", description: "override the config's batch size" },
  }),
  lrScheduler: key<"Step" | "Cos">({
    json: "lr_scheduler",
    alias: "optimizer",
    kind: oneOf("Step", "Cos"),
    description: "how η falls; `optimizer` is an older name of this key",
  }),
  lrStep: key<"epoch" | "batch">({
    json: "lr_step",
    kind: oneOf("epoch", "batch"),
    default: "epoch",
    description: "whether η moves after epochs or after batches; n below counts these",
  }),
  gamma: key<number>({
    json: "gamma",
    kind: number({ above: 0 }),
    default: 0.1,
    description: "`Step`: η = η₀ γ^(milestones ≤ n)",
  }),
  milestones: key<readonly number[]>({
    json: "milestones",
    kind: increasing,
    default: [],
    description: "in epochs or batches, as `lr_step` says; required by `Step`, ignored by `Cos`",
  }),
  etaMin: key<number>({
    json: "eta_min",
    kind: number({ min: 0 }),
    default: 0,
    description: "`Cos`: η = η_min + (η₀ − η_min)(1 + cos(π n / N)) / 2, N in all; at most `init_lr`",
  }),
  warmupEpochs: key<number>({
    json: "warmup_epochs",
    kind: number({ min: 0 }),
    default: 0,
    since: 4,
    description: "epochs (may be fractional) of linear warm-up to η₀; the cosine takes the rest",
  }),
  labelSmoothing: key<number>({
    json: "label_smoothing",
    kind: number({ min: 0, below: 1 }),
    default: 0,
    since: 4,
    description: "α of the training loss: the target is 1 − α + α/C on the label and α/C elsewhere",
  }),
  logitInit: key<"uniform" | "normal">({
    json: "logit_init",
    kind: oneOf("uniform", "normal"),
    default: "uniform",
    since: 4,
    description:
      "initialization of logits: nearly uniform, or from normally distributed float weights; also [from a float model](#starting-from-a-float-model)",
  }),
  firstTemperature: key<number>({
    json: "temp",
    kind: number({ above: 0 }),
    defaultsTo: "initTemperature",
    description: "t during the first epoch",
  }),
  initTemperature: key<number, "temperature">({
    json: "init_temp",
    kind: number({ above: 0 }),
    default: 1,
    description: "t₀",
    override: {
      name: "temperature",
      value: "t",
      description: "override the config's initial temperature, of the first epoch too",
      kind: TEMPERATURE,
    },
  }),
  temperatureAnnealRate: key<number>({
    json: "temp_anneal_rate",
    kind: number({ above: 0 }),
    default: 1,
    description: "r",
  }),
  temperatureAnnealStep: key<number>({
    json: "temp_anneal_step",
    kind: integer(1),
    default: 1,
    description: "E, epochs between two changes",
  }),
  temperatureMin: key<number>({
    json: "temp_min",
    kind: number({ above: 0 }),
    default: 1e-5,
    description: "t_min; not applied to the first epoch",
  }),
  temperatureAnnealBegin: key<number>({
    json: "temp_anneal_begin",
    kind: number({ min: 0, max: 1 }),
    default: 0,
    since: 4,
    description: "b, where annealing begins, as a fraction of the epochs",
  }),
  temperatureAnnealEnd: key<number>({
    json: "temp_anneal_end",
    kind: number({ min: 0, max: 1 }),
    default: 1,
    since: 4,
    description: "c, where it ends; more than `temp_anneal_begin`",
  }),
  temperatureFinal: key<number | null>({
    json: "temp_final",
    kind: number({ above: 0 }),
    default: null,
    since: 4,
    description: "t_f, reached at c, not below `temp_min`; instead of `temp_anneal_rate` and `temp_anneal_step`",
  }),
  softEpochs: key<number>({
    json: "soft_epochs",
    kind: integer(0),
    default: 0,
    since: 4,
    description: "epochs with soft weights before hard ones, at most `epochs`; with `soft` all are soft",
  }),
  firstNoiseScale: key<number>({
    json: "random",
    kind: number({ min: 0 }),
    defaultsTo: "initNoiseScale",
    description: "s during the first epoch",
  }),
  initNoiseScale: key<number>({ json: "init_random", kind: number({ min: 0 }), default: 0, description: "s₀" }),
  noiseAnnealRate: key<number>({
    json: "random_anneal_rate",
    kind: number({ min: 0 }),
    default: 1,
    description: "as r",
  }),
  noiseAnnealStep: key<number>({ json: "random_anneal_step", kind: integer(1), default: 1, description: "as E" }),
} as const;

export type OverrideName<Key> = Key extends TrainingKey<infer _Value, infer Name> ? Name : never;
export type ValueOf<Key> = Key extends TrainingKey<infer Value> ? Value : never;

/** Options of `train`, and flags, that override keys of the training config, by their names. */
export type OverrideValues = {
  readonly [Name in keyof typeof TRAINING_KEYS as OverrideName<(typeof TRAINING_KEYS)[Name]>]?: ValueOf<
    (typeof TRAINING_KEYS)[Name]
  >;
};

/** The keys that can be overridden, with the names of their options. */
export const OVERRIDES = (
  Object.entries(TRAINING_KEYS) as [keyof typeof TRAINING_KEYS, TrainingKey<unknown>][]
).flatMap(([name, { json, kind, override }]) =>
  override === undefined
    ? []
    : [
        {
          key: name,
          path: json,
          option: override.name as keyof OverrideValues,
          kind: override.kind ?? kind,
          override,
        },
      ],
);

/** Every key of a training config by its path in a training JSON: `init_lr`, `optim.logits.lr_scale`. */
export const KEY_PATHS: ReadonlyMap<string, TrainingKey<unknown>> = new Map([
  ...pathsOf(TRAINING_KEYS, ""),
  ...pathsOf(OPTIM_KEYS, "optim."),
  ...pathsOf(NORM_KEYS, "optim.norms."),
  ...pathsOf(LOGIT_KEYS, "optim.logits."),
]);

function pathsOf(table: Readonly<Record<string, TrainingKey<unknown>>>, prefix: string) {
  return Object.values(table).map((each) => [prefix + each.json, each] as const);
}

/** How a network is trained, every choice made: a training JSON with the defaults filled in. What each key means stands in `TRAINING_KEYS`. */
export type TrainingConfig = ValuesOf<typeof TRAINING_KEYS> & {
  /** The optimizer, and groups of parameters with settings of their own. */
  readonly optim: ValuesOf<typeof OPTIM_KEYS> & {
    readonly norms: ValuesOf<typeof NORM_KEYS>;
    readonly logits: ValuesOf<typeof LOGIT_KEYS>;
  };
};
