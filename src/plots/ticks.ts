/** An axis: the values at its two ends, and those that get a label, ascending. */
export interface Axis {
  readonly min: number;
  readonly max: number;
  readonly ticks: readonly number[];
  /** Equal distances are equal ratios; all values are above 0. */
  readonly isLog?: boolean;
}

/** Position of a value on an axis: 0 at its start, 1 at its end. */
export function position(value: number, { min, max, isLog = false }: Axis): number {
  return isLog ? Math.log(value / min) / Math.log(max / min) : (value - min) / (max - min);
}

/**
 * An axis that holds all of [min, max] and begins and ends at a tick. Ticks are multiples of 1, 2 or 5 times a power of
 * ten, about `count` of them. If all values are equal, there is room around them.
 * The values are below 1e100.
 */
export function valueAxis(min: number, max: number, count = 6): Axis {
  const size = Math.max(Math.abs(min), Math.abs(max));
  const room = max - min > Math.max(size * 1e-9, 1e-12) ? 0 : size < 1e-12 ? 1 : size * 0.1;
  const step = niceStep((max - min + 2 * room) / count);
  const first = Math.floor((min - room) / step + 1e-9);
  const last = Math.ceil((max + room) / step - 1e-9);
  const ticks = Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step);
  return { min: first * step, max: last * step, ticks };
}

/**
 * A logarithmic axis that holds all of [min, max], both above 0, and begins and ends at 1, 2 or 5 times a power of ten.
 * Such numbers are its ticks too; over more than three powers, only the powers themselves, at most nine.
 */
export function logAxis(min: number, max: number): Axis {
  const first = Math.floor(Math.log10(min)) - 1;
  const last = Math.ceil(Math.log10(max)) + 1;
  const powers = Array.from({ length: last - first + 1 }, (_, index) => Number(`1e${first + index}`));
  const all = powers.flatMap((power) => [1, 2, 5].map((factor) => Number((factor * power).toPrecision(1))));
  const from = all.findLast((tick) => tick <= min * 0.999) ?? min;
  const to = all.find((tick) => tick >= max * 1.001) ?? max;
  const isInside = (tick: number) => tick >= from && tick <= to;
  const powersInside = powers.filter(isInside);
  const stride = Math.ceil(powersInside.length / 9);
  const ticks = to / from > 1001 ? powersInside.filter((_, index) => index % stride === 0) : all.filter(isInside);
  return { min: from, max: to, ticks, isLog: true };
}

/** An axis over epochs, ticks at integers: the first and multiples of 1, 2 or 5 times a power of ten. */
export function epochAxis(first: number, last: number, count = 8): Axis {
  if (first === last) return { min: first - 0.5, max: last + 0.5, ticks: [first] };
  const step = Math.max(1, niceStep((last - first) / count));
  const ticks = [first];
  for (let tick = Math.ceil((first + step / 2) / step) * step; tick <= last; tick += step) ticks.push(tick);
  return { min: first, max: last, ticks };
}

/** The label of a tick, with only the digits that distinguish it from its neighbours. */
export function tickLabel(tick: number, { ticks, isLog = false }: Axis): string {
  if (isLog) return tick >= 1e5 || tick < 1e-3 ? tick.toExponential() : String(tick);
  const [a = tick, b = tick] = ticks;
  const largest = Math.max(...ticks.map(Math.abs));
  if (largest >= 1e5 || (largest < 1e-3 && largest > 0))
    return tick === 0 ? "0" : String(Number(tick.toPrecision(6)).toExponential());
  const decimals = b > a ? Math.min(8, Math.max(0, -Math.floor(Math.log10(b - a) + 1e-9))) : 0;
  return tick.toFixed(decimals).replace(/^-(0(?:\.0*)?)$/, "$1");
}

/** The smallest of 1, 2, 5 times a power of ten that is at least `min`. */
function niceStep(min: number): number {
  const power = 10 ** Math.floor(Math.log10(min));
  const factor = [1, 2, 5].find((candidate) => candidate * power >= min * (1 - 1e-9)) ?? 10;
  return factor * power;
}
