/** Exponential decay in steps: initial · rate^⌊epoch / every⌋, from the second epoch on; `first` rules the first one. */
export interface Annealing {
  /** In force during the first epoch. */
  readonly first: number;
  readonly initial: number;
  readonly rate: number;
  /** Epochs between two decays. */
  readonly every: number;
  /** The least value; not applied to `first`. */
  readonly minimum: number;
}

/** The value in an epoch, counted from 0. */
export function annealed(annealing: Annealing, epoch: number): number {
  if (epoch === 0) return annealing.first;
  return Math.max(annealing.minimum, annealing.initial * annealing.rate ** Math.floor(epoch / annealing.every));
}
