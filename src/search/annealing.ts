/** Exponential decay, of which `first` rules the first epoch. */
export interface Annealing {
  /** In force during the first epoch. */
  readonly first: number;
  readonly initial: number;
  /** Times `rate` after every `every` epochs; or evenly in the logarithm to `final`. */
  readonly decay: { readonly rate: number; readonly every: number } | { readonly final: number };
  /** The least value; not applied to `first`. */
  readonly minimum: number;
  /** The decay's part of training, shares b < c of its epochs: before and after, the value stays. */
  readonly begin: number;
  readonly end: number;
}

/**
 * The value in epoch e of N, counted from 0:
 *
 *     n = clamp(e, b (N − 1), c (N − 1)) − b (N − 1)
 *     initial · rate^⌊n / every⌋   or   initial · (final / initial)^(n / ((c − b) (N − 1)))
 *
 * so that with b = 0 and c = 1 decay counts all epochs, and the last one has the final value.
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
