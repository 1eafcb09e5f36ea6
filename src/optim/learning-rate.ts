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
  | { readonly kind: "step"; readonly initial: number; readonly gamma: number; readonly milestones: readonly number[] };

/**
 * Computes the learning rate of a step, counted from 0.
 *
 *     cosine: η = η_0 (step + 1) / (warmup + 1)                                                 while step < warmup
 *             η = η_min + (η_0 − η_min) (1 + cos(π (step − warmup) / (total − warmup))) / 2     afterwards
 *     step:   η = η_0 · γ^(milestones ≤ step)
 *
 * As torch.optim.lr_scheduler's LinearLR, CosineAnnealingLR and MultiStepLR, in closed form.
 */
export function learningRateAt(schedule: LearningRateSchedule, step: number): number {
  if (schedule.kind === "cosine") {
    const { initial, minimum, totalSteps, warmupSteps } = schedule;
    if (step < warmupSteps) return (initial * (step + 1)) / (warmupSteps + 1);
    const angle = (Math.PI * (step - warmupSteps)) / (totalSteps - warmupSteps);
    return minimum + ((initial - minimum) * (1 + Math.cos(angle))) / 2;
  }
  const passed = schedule.milestones.filter((milestone) => milestone <= step).length;
  return schedule.initial * schedule.gamma ** passed;
}
