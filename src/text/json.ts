/**
 * Serializes to JSON. NaN and infinities, which JSON lacks, become the strings "NaN", "Infinity", "-Infinity",
 * which `JsonFields.number` reads.
 * @param indent spaces per level; 0 puts everything on one line
 */
export function jsonText(value: unknown, indent = 0): string {
  return JSON.stringify(
    value,
    (_key, inner: unknown) => (typeof inner === "number" && !Number.isFinite(inner) ? String(inner) : inner),
    indent,
  );
}
