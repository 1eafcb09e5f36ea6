/** Half a cosine, after a linear warm-up. */
export interface CosineSchedule {
  readonly kind: "cosine";
  readonly initial: number;
  readonly minimum: number;
  readonly totalSteps: number;
  /** Warm-up steps; 0 for none. */
  readonly warmupSteps: number;
}

/** A learning-rate schedule. Steps are epochs or batches, whichever the caller counts. */
export type LearningRateSchedule =
  | CosineSchedule
  | {
      readonly kind: "step";
      readonly initial: number;
      readonly gamma: number;
      readonly milestones: readonly number[];
      /** Warm-up steps; none by default. */
      readonly warmupSteps?: number;
    };

/**
 * Computes the learning rate of a step, counted from 0.
 *
 *     η = η_0 (step + 1) / (warmup + 1)                                                         while step < warmup
 *     cosine: η = η_min + (η_0 − η_min) (1 + cos(π (step − warmup) / (total − warmup))) / 2     afterwards
 *     step:   η = η_0 · γ^(milestones ≤ step)                                                   afterwards
 *
 * As torch.optim.lr_scheduler's LinearLR, CosineAnnealingLR and MultiStepLR, in closed form.
 */
export function learningRateAt(schedule: LearningRateSchedule, step: number): number {
  const { initial, warmupSteps = 0 } = schedule;
  if (step < warmupSteps) return (initial * (step + 1)) / (warmupSteps + 1);
  if (schedule.kind === "cosine") {
    const { minimum, totalSteps } = schedule;
    const angle = (Math.PI * (step - warmupSteps)) / (totalSteps - warmupSteps);
    return minimum + ((initial - minimum) * (1 + Math.cos(angle))) / 2;
  }
  const passed = schedule.milestones.filter((milestone) => milestone <= step).length;
  return initial * schedule.gamma ** passed;
}
