const MAX_NAMED = 5;

/**
 * How class names, by label, differ from those of before, in words: which were added, removed, or moved to another
 * label; `null` where they are the same.
 */
export function classChanges(before: readonly string[], now: readonly string[]): string | null {
  const [old, found] = [new Set(before), new Set(now)];
  const added = now.filter((name) => !old.has(name));
  const removed = before.filter((name) => !found.has(name));
  if (added.length + removed.length > 0) {
    return [...list("added", added), ...list("removed", removed)].join("; ");
  }
  const moved = now.findIndex((name, label) => name !== before[label]);
  return moved < 0 ? null : `another order: label ${moved} was ${before[moved]} and is ${now[moved]}`;
}

function list(what: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const more = names.length > MAX_NAMED ? ` and ${names.length - MAX_NAMED} more` : "";
  return [`${what}: ${names.slice(0, MAX_NAMED).join(", ")}${more}`];
}
