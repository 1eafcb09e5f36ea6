/** What a run records, under the keys of its `config.json`. */
export type Settings = ReadonlyMap<string, unknown>;

/** A recorded text or number, within an object where two keys are given; "unknown" where an older run does not record it. */
export function settingText(settings: Settings, key: string, inner?: string): string {
  const outer = settings.get(key);
  const isObject = typeof outer === "object" && outer !== null;
  const value =
    inner === undefined ? outer : isObject ? Object.entries(outer).find(([name]) => name === inner)?.[1] : null;
  return typeof value === "string" || typeof value === "number" ? String(value) : "unknown";
}
