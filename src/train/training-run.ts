import type { TrainingConfig } from "../config/training-keys.js";
import type { BatchSource } from "../data/batch-source.js";
import type { Loggers } from "../run/loggers.js";
import type { RunProgress } from "../run/progress.js";
import type { BatchMixing } from "./batch-mixing.js";
import type { Checkpoints, Trained } from "./checkpoint.js";
import type { Distillation } from "./distillation.js";
import type { DivergencePolicy } from "./divergence-policy.js";
import type { EpochBatches } from "./epoch-batches.js";
import type { Execution } from "./execution.js";
import type { LossFunction } from "./loss-function.js";
import type { Ranks } from "./ranks.js";

/** What a run is made of: its settings, and the components that the loop calls. */
export interface TrainingRun extends Trained {
  readonly config: TrainingConfig;
  /** Whether all epochs train with soft (expected) weights, those after the config's `softEpochs` too. */
  readonly soft: boolean;
  /**
   * Whether the hard weights have running batch statistics of their own (`keepSoftStatistics`), which a second forward
   * pass moves.
   */
  readonly stateBn: boolean;
  readonly seed: number;
  /** Epochs without a better validation after which the run ends; `null` for no such end. */
  readonly patience: number | null;
  /** Batches after which training epochs and validations end early; `null` for all. */
  readonly limitBatches: number | null;
  /** Batches on which batch statistics are recalibrated before each validation; 0: they stay training's. */
  readonly bnCalibration: number;
  /** The training's loss, and the validation's; by default cross-entropy. */
  readonly loss?: LossFunction;
  readonly execution: Execution;
  readonly batches: EpochBatches;
  readonly val: BatchSource;
  readonly ranks: Ranks;
  readonly divergence: DivergencePolicy;
  /** Mixes the images of training batches, and their labels; `null`: they stay as they are. */
  readonly mixing: BatchMixing | null;
  /** The teacher whose outputs are learned beside the labels; `null` without one. */
  readonly distillation: Distillation | null;
  readonly checkpoints: Checkpoints;
  readonly loggers: Loggers;
  /**
   * Where the run stands: `BEGINNING`, or the place of the checkpoint that network and optimizer were restored from.
   */
  readonly start: RunProgress;
}
