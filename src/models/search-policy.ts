/** Which layers of a network are searched, and over which values; `null` for a float network. */
export interface SearchPolicy {
  readonly values: readonly number[];
  /** Search the first layer too, which usually stays float. */
  readonly firstLayer: boolean;
  /** Search the last layer too, which usually stays float. */
  readonly lastLayer: boolean;
}

/** Where a layer stands in its network. */
export type Position = "first" | "middle" | "last";

/** The value set of a layer at this position; `null` if it is float. */
export function valuesAt(policy: SearchPolicy | null, position: Position): readonly number[] | null {
  if (policy === null) return null;
  if (position === "first" && !policy.firstLayer) return null;
  if (position === "last" && !policy.lastLayer) return null;
  return policy.values;
}
