/** The value nearest to `x`: argmin_v |x − v|, the first one where several are equally near. */
export function nearestValue(values: readonly number[], x: number): number {
  return values.reduce((nearest, value) => (Math.abs(x - value) < Math.abs(x - nearest) ? value : nearest));
}
