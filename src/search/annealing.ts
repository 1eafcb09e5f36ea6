/** Exponential decay, with a separate value for the first epoch. */
export interface Annealing {
  /** The value during the first epoch. */
  readonly first: number;
  readonly initial: number;
  /** Multiplied by `rate` after every `every` epochs; or log-linear to `final`. */
  readonly decay: { readonly rate: number; readonly every: number } | { readonly final: number };
  /** The minimum; not applied to `first`. */
  readonly minimum: number;
  /** Start and end of the decay, as fractions b < c of the epochs; before and after, the value is constant. */
  readonly begin: number;
  readonly end: number;
}

/**
 * Computes the value in epoch e of N, counted from 0:
 *
 *     n = clamp(e, b (N − 1), c (N − 1)) − b (N − 1)
 *     initial · rate^⌊n / every⌋   or   initial · (final / initial)^(n / ((c − b) (N − 1)))
 *
 * so that with b = 0 and c = 1 the decay spans all epochs, and the last one has the final value.
 */
export function annealed(
  { first, initial, decay, minimum, begin, end }: Annealing,
  epoch: number,
  epochs: number,
): number {
  if (epoch === 0) return first;
  const from = begin * (epochs - 1);
  const to = end * (epochs - 1);
  const done = Math.min(to, Math.max(from, epoch)) - from;
  const factor =
    "final" in decay ? (decay.final / initial) ** (done / (to - from)) : decay.rate ** Math.floor(done / decay.every);
  return Math.max(minimum, initial * factor);
}
