import { isDrawable, type Point } from "./panel.js";

/** Shorter runs are shown whole. */
const MIN_EPOCHS = 20;

/**
 * The range that matters in a figure of whole trainings: the first quarter of the epochs, where curves fall steeply,
 * would hide the differences between runs. Covers the values after it, and every line's last value, so that a shorter
 * run is visible. Undefined, for the full range, below 20 epochs or if there is no value to draw.
 */
export function focusRange(lines: readonly (readonly Point[])[]): readonly [number, number] | undefined {
  const drawn = lines.map((points) => points.filter(({ value }) => isDrawable(value)));
  const lastEpoch = Math.max(0, ...drawn.map((points) => points.at(-1)?.epoch ?? 0));
  if (lastEpoch < MIN_EPOCHS) return undefined;
  const shown = drawn.flatMap((points) =>
    points.filter((point, index) => point.epoch > lastEpoch / 4 || index === points.length - 1),
  );
  let [least, largest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  // A loop: a call cannot take hundreds of thousands of arguments.
  for (const { value } of shown) {
    least = Math.min(least, value);
    largest = Math.max(largest, value);
  }
  return [least, largest];
}
