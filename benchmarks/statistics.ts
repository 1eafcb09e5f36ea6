/** Statistics of repeated timings; no means, since a single slow round would move them. */
export interface Summary {
  readonly median: number;
  readonly firstQuartile: number;
  readonly thirdQuartile: number;
}

/** The q-quantile of samples, 0 ≤ q ≤ 1, interpolated linearly between the two nearest. */
function quantile(sorted: readonly number[], q: number): number {
  const position = q * (sorted.length - 1);
  const below = sorted[Math.floor(position)];
  const above = sorted[Math.ceil(position)];
  if (below === undefined || above === undefined) throw new RangeError("a quantile needs at least one sample");
  return below + (above - below) * (position - Math.floor(position));
}

/** Median and quartiles. */
export function summarize(samples: readonly number[]): Summary {
  const sorted = [...samples].sort((a, b) => a - b);
  return {
    median: quantile(sorted, 0.5),
    firstQuartile: quantile(sorted, 0.25),
    thirdQuartile: quantile(sorted, 0.75),
  };
}

/** `items` beginning at another one each round, so that none always follows the same neighbour's warm or cold cache. */
export function rotated<Item>(items: readonly Item[], round: number): Item[] {
  const start = round % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}
