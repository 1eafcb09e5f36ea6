const MAX_LISTED = 6;

/**
 * Formats a value set in few characters: `{±1/4, ±1/2, ±1, ±2}` if every value has its opposite, powers of two below 1
 * as fractions; else the values in ascending order, `{-1, 0, 0.3}`. A long row of powers of two, or of whole numbers
 * one apart, is `{±1/16, ±1/8, …, ±8}`; any other long set ends with how many it has, `{0, 0.3, …, 7.1; 16 values}`.
 */
export function valueSetText(values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b);
  const isSymmetric = sorted.every((value, index) => value === -(sorted[sorted.length - 1 - index] ?? Number.NaN));
  const shown = isSymmetric ? sorted.filter((value) => value >= 0) : sorted;
  const texts = shown.map((value) => `${isSymmetric && value > 0 ? "±" : ""}${valueText(value)}`);
  if (texts.length <= MAX_LISTED) return `{${texts.join(", ")}}`;
  const brief = `${texts.slice(0, 2).join(", ")}, …, ${texts.at(-1)}`;
  return isRegular(shown) ? `{${brief}}` : `{${brief}; ${values.length} values}`;
}

/** Whether the first two and the last number determine all: each twice the one before, or one more. */
function isRegular(ascending: readonly number[]): boolean {
  const follows = (next: (value: number) => number) =>
    ascending.every((value, index) => index === 0 || value === next(ascending[index - 1] ?? Number.NaN));
  return follows((value) => value + 1) || (ascending.every((value) => value > 0) && follows((value) => 2 * value));
}

/** One value; powers of two between 1/1024 and 1 are fractions. */
export function valueText(value: number): string {
  const inverse = 1 / Math.abs(value);
  const isFraction = inverse > 1 && inverse <= 1024 && Number.isInteger(Math.log2(inverse));
  return isFraction ? `${value < 0 ? "-" : ""}1/${inverse}` : String(value);
}
