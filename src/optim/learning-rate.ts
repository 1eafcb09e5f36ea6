/** How the learning rate falls. Steps are epochs or batches, as the caller counts them. */
export type LearningRateSchedule =
  | { readonly kind: "cosine"; readonly initial: number; readonly minimum: number; readonly totalSteps: number }
  | { readonly kind: "step"; readonly initial: number; readonly gamma: number; readonly milestones: readonly number[] };

/**
 * The learning rate of a step, counted from 0.
 *
 *     cosine: η = η_min + (η_0 − η_min) (1 + cos(π · step / total)) / 2
 *     step:   η = η_0 · γ^(milestones ≤ step)
 *
 * As torch.optim.lr_scheduler's CosineAnnealingLR and MultiStepLR, in closed form.
 */
export function learningRateAt(schedule: LearningRateSchedule, step: number): number {
  if (schedule.kind === "cosine") {
    const { initial, minimum, totalSteps } = schedule;
    return minimum + ((initial - minimum) * (1 + Math.cos((Math.PI * step) / totalSteps))) / 2;
  }
  const passed = schedule.milestones.filter((milestone) => milestone <= step).length;
  return schedule.initial * schedule.gamma ** passed;
}
