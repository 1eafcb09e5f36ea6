import { loadValueSet } from "../../config/value-set-file.js";
import type { ActivationPolicy } from "../../models/activation-policy.js";
import type { SearchPolicy } from "../../models/search-policy.js";
import { stageValues } from "../../search/progressive-stages.js";
import { note } from "../../system/note.js";
import { InputError } from "../../text/errors.js";

/** The flags that say what is searched, over which values, and how. */
export interface SearchFlags {
  readonly quantizeNetwork?: boolean;
  readonly quantJson?: string;
  readonly quantizeFirstLayer?: boolean;
  readonly quantizeLastLayer?: boolean;
  readonly soft?: boolean;
  readonly activeBit?: number;
  readonly stages?: number;
  readonly temperature?: number;
  readonly activationBits?: number;
}

/** What means nothing without -q/--quantize-network. */
const SEARCH_FLAGS = [
  "quantJson",
  "quantizeFirstLayer",
  "quantizeLastLayer",
  "soft",
  "activeBit",
  "stages",
  "temperature",
] as const;

/**
 * The stage of a search bit by bit, which is what a search without a value set is; `null` where there is none. Throws
 * InputError for flags that do not go together.
 */
export function resolveStage(flags: SearchFlags): number | null {
  if (!flags.quantizeNetwork) {
    const idle = SEARCH_FLAGS.find((flag) => flags[flag] !== undefined);
    if (idle === undefined) return null;
    throw new InputError(
      `option ${asTyped(idle)} says how weights are searched: expected -q/--quantize-network with it`,
    );
  }
  if (flags.quantJson === undefined) return flags.activeBit ?? 0;
  const byBit = (["activeBit", "stages"] as const).find((flag) => flags[flag] !== undefined);
  if (byBit === undefined) return null;
  throw new InputError(
    `option ${asTyped(byBit)} searches bit by bit, without a value set: expected no --quant-json with it, received "${flags.quantJson}"`,
  );
}

/** What the flags say is searched at a stage; `null` for a float network. Throws InputError for a value set that is none. */
export function searchPolicy(flags: SearchFlags, stage: number | null): SearchPolicy | null {
  if (!flags.quantizeNetwork) return null;
  return {
    values: flags.quantJson === undefined ? stageValues(stage ?? 0) : loadValueSet(flags.quantJson, note),
    firstLayer: flags.quantizeFirstLayer ?? false,
    lastLayer: flags.quantizeLastLayer ?? false,
  };
}

/** Which activations are quantized: with a last layer that is searched, what goes into that too. `null` where they are float. */
export function activationPolicy(bits: number | null, search: SearchPolicy | null): ActivationPolicy | null {
  return bits === null ? null : { bits, lastLayer: search?.lastLayer ?? false };
}

/** `quantJson` as `--quant-json`. */
function asTyped(flag: string): string {
  return `--${flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
