import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { loadValueSet } from "../src/config/value-set-file.js";
import { InputError } from "../src/errors.js";
import { networks } from "../src/models/registry.js";
import { countOption, parseOptions } from "./arguments.js";

/** The value set that is searched for a number of bits: the built-in ones of json/quantization. */
const VALUE_SETS: ReadonlyMap<string, string | null> = new Map([
  ["0", null],
  ["1", "1b"],
  ["2", "po2-2b"],
  ["3", "po2-3b"],
  ["4", "po2-4b"],
]);

/** What is measured: `npm run bench -- --network resnet20 --batch 128 --bits 0,1 --rounds 15 --threads 2`. */
export interface StepOptions {
  readonly network: string;
  readonly batch: number;
  /** One entry a configuration: 0 bits is float, whose value set is `null`. */
  readonly precisions: readonly Precision[];
  readonly rounds: number;
  readonly threads: number;
  readonly peer: boolean;
  /** Where the figures are written besides, as JSON. */
  readonly jsonPath: string | null;
}

export interface Precision {
  readonly bits: number;
  readonly values: readonly number[] | null;
}

/** @throws InputError for an option that is unknown or out of range */
export function stepOptions(): StepOptions {
  const given = parseOptions({
    network: { type: "string", default: "resnet20" },
    batch: { type: "string", default: "128" },
    bits: { type: "string", default: "0,1" },
    rounds: { type: "string", default: "15" },
    threads: { type: "string", default: "2" },
    "no-peer": { type: "boolean", default: false },
    json: { type: "string" },
  });
  if (!networks.has(given.network)) {
    throw new InputError(`--network: expected one of ${[...networks.keys()].join(", ")}, found "${given.network}"`);
  }
  if (given.json !== undefined && (given.json === "" || !existsSync(dirname(given.json)))) {
    throw new InputError(`--json: expected a file in a folder that exists, found "${given.json}"`);
  }
  return {
    network: given.network,
    batch: countOption("batch", given.batch),
    precisions: precisions(given.bits),
    rounds: countOption("rounds", given.rounds),
    threads: countOption("threads", given.threads),
    peer: !given["no-peer"],
    jsonPath: given.json ?? null,
  };
}

function precisions(text: string): Precision[] {
  const words = text.split(",");
  if (new Set(words).size !== words.length) throw new InputError(`--bits: expected each number once, found "${text}"`);
  return words.map((word) => {
    const name = VALUE_SETS.get(word);
    if (name === undefined) {
      throw new InputError(`--bits: expected numbers from 0 (float) to 4 with commas between, found "${text}"`);
    }
    return { bits: Number(word), values: name === null ? null : loadValueSet(name, console.error) };
  });
}
