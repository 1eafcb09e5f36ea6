import { builtInNames } from "../config/built-in-json.js";
import { loadValueSet } from "../config/value-set-file.js";

/** The name in json/quantization of this list, in its order; `null` if there is none. */
export function valueSetName(values: readonly number[]): string | null {
  const text = JSON.stringify(values);
  return builtInNames("quantization").find((name) => JSON.stringify(builtInValues(name)) === text) ?? null;
}

/** The same of these values in any order. */
export function valueSetNameAnyOrder(values: readonly number[]): string | null {
  const text = ascending(values);
  return builtInNames("quantization").find((name) => ascending(builtInValues(name)) === text) ?? null;
}

function builtInValues(name: string): readonly number[] {
  return loadValueSet(name, () => undefined);
}

function ascending(values: readonly number[]): string {
  return JSON.stringify([...values].sort((a, b) => a - b));
}
