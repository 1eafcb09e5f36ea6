import { loadValueSet } from "../src/config/value-set-file.js";
import { InputError } from "../src/text/errors.js";

/** The value set that is searched for a number of bits: the built-in ones of json/quantization. */
const VALUE_SETS: ReadonlyMap<string, string | null> = new Map([
  ["0", null],
  ["1", "1b"],
  ["2", "po2-2b"],
  ["3", "po2-3b"],
  ["4", "po2-4b"],
]);

/** How weights are drawn: hard (argmax), soft (expected), or hard with Gumbel noise of scale 1. */
export const MODES = ["hard", "soft", "noise"] as const;
export type Mode = (typeof MODES)[number];

/** The weights: float, or searched over a value set in a mode. */
export interface Precision {
  /** 0 for float. */
  readonly bits: number;
  readonly search: { readonly values: readonly number[]; readonly mode: Mode } | null;
}

/** The built-in value set for a number of bits, `null` for 0, float. */
export function valueSetName(option: string, bits: string): string | null {
  const name = VALUE_SETS.get(bits);
  if (name === undefined) throw new InputError(`--${option}: expected a number from 0 (float) to 4, found "${bits}"`);
  return name;
}

/** "float", "1-bit hard". */
export function precisionName({ bits, search }: Precision): string {
  return search === null ? "float" : `${bits}-bit ${search.mode}`;
}

/** Whether two are the same configuration. */
export function samePrecision(left: Precision, right: Precision): boolean {
  return left.bits === right.bits && left.search?.mode === right.search?.mode;
}

/**
 * Every number of bits of a list such as "0,1" in every mode of one such as "hard,soft"; float once.
 * @param names what errors call the two options
 */
export function precisionsOption(bits: string, modes: string, names = { bits: "bits", modes: "modes" }): Precision[] {
  const modeList = modesOption(names.modes, modes);
  return words(names.bits, bits).flatMap((word): Precision[] => {
    const name = VALUE_SETS.get(word);
    if (name === undefined) {
      throw new InputError(
        `--${names.bits}: expected numbers from 0 (float) to 4 with commas between, found "${bits}"`,
      );
    }
    if (name === null) return [{ bits: 0, search: null }];
    const values = loadValueSet(name, console.error);
    return modeList.map((mode) => ({ bits: Number(word), search: { values, mode } }));
  });
}

/** The modes of a list such as "hard,noise". */
export function modesOption(name: string, text: string): Mode[] {
  return words(name, text).map((word) => {
    const mode = MODES.find((known) => known === word);
    if (mode === undefined) {
      throw new InputError(`--${name}: expected ${MODES.join(", ")} with commas between, found "${text}"`);
    }
    return mode;
  });
}

function words(name: string, text: string): string[] {
  const list = text.split(",");
  if (new Set(list).size !== list.length) throw new InputError(`--${name}: expected each once, found "${text}"`);
  return list;
}
