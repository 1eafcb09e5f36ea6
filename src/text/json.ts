/**
 * JSON of anything. JSON has no NaN and no infinity: such numbers stand as the strings "NaN", "Infinity", "-Infinity",
 * which `JsonFields.number` reads.
 * @param indent spaces a level; everything on one line where it is 0
 */
export function jsonText(value: unknown, indent = 0): string {
  return JSON.stringify(
    value,
    (_key, inner: unknown) => (typeof inner === "number" && !Number.isFinite(inner) ? String(inner) : inner),
    indent,
  );
}
