import type { Palette } from "./theme.js";

/** `count` colours from the first to the last of some stops, `#rrggbb`, evenly spaced; a single one is the last. */
export function ramp(stops: readonly string[], count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const place = count === 1 ? stops.length - 1 : (index / (count - 1)) * (stops.length - 1);
    const before = Math.min(Math.floor(place), stops.length - 2);
    return between(stops[before] ?? "", stops[before + 1] ?? "", place - before);
  });
}

/**
 * The colours of ascending values: one hue below 0, another above, stronger with the distance among values of the same
 * sign.
 */
export function valueColours(ascending: readonly number[], { below, zero, above }: Palette["values"]): string[] {
  const numBelow = ascending.filter((value) => value < 0).length;
  const numAbove = ascending.filter((value) => value > 0).length;
  return [
    ...ramp(below, numBelow).reverse(),
    ...ascending.filter((value) => value === 0).map(() => zero),
    ...ramp(above, numAbove),
  ];
}

function between(from: string, to: string, share: number): string {
  const channel = (hex: string, at: number) => Number.parseInt(hex.slice(at, at + 2), 16);
  const mixed = [1, 3, 5].map((at) => Math.round((1 - share) * channel(from, at) + share * channel(to, at)));
  return `#${mixed.map((each) => each.toString(16).padStart(2, "0")).join("")}`;
}
