import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { networks } from "../src/models/registry.js";
import { InputError } from "../src/text/errors.js";
import { countOption, parseOptions } from "./arguments.js";
import { type Precision, precisionsOption } from "./precision.js";

/**
 * What is measured: `npm run bench -- --network resnet20 --batch 128 --bits 0,1 --modes hard --rounds 15 --threads 2`.
 */
export interface StepOptions {
  readonly network: string;
  readonly batch: number;
  /** One entry per configuration of this program. */
  readonly precisions: readonly Precision[];
  /** One entry per configuration of the peer; empty to leave it out. */
  readonly peerPrecisions: readonly Precision[];
  readonly rounds: number;
  readonly threads: number;
  /** A JSON file to which the figures are also written. */
  readonly jsonPath: string | null;
}

/** @throws InputError for an option that is unknown or out of range */
export function stepOptions(): StepOptions {
  const given = parseOptions({
    network: { type: "string", default: "resnet20" },
    batch: { type: "string", default: "128" },
    bits: { type: "string", default: "0,1" },
    modes: { type: "string", default: "hard" },
    "peer-bits": { type: "string" },
    "peer-modes": { type: "string" },
    rounds: { type: "string", default: "15" },
    threads: { type: "string", default: "2" },
    "no-peer": { type: "boolean", default: false },
    json: { type: "string" },
  });
  const { bits, modes, "peer-bits": peerBits = bits, "peer-modes": peerModes = modes } = given;
  if (given["no-peer"] && (given["peer-bits"] !== undefined || given["peer-modes"] !== undefined)) {
    throw new InputError("--no-peer: expected neither --peer-bits nor --peer-modes beside it");
  }
  if (given.json !== undefined && (given.json === "" || !existsSync(dirname(given.json)))) {
    throw new InputError(`--json: expected a file in a folder that exists, found "${given.json}"`);
  }
  return {
    network: networkOption(given.network),
    batch: countOption("batch", given.batch),
    precisions: precisionsOption(bits, modes),
    peerPrecisions: given["no-peer"]
      ? []
      : precisionsOption(peerBits, peerModes, { bits: "peer-bits", modes: "peer-modes" }),
    rounds: countOption("rounds", given.rounds),
    threads: countOption("threads", given.threads),
    jsonPath: given.json ?? null,
  };
}

/** The name of a network that there is. */
export function networkOption(name: string): string {
  if (networks.has(name)) return name;
  throw new InputError(`--network: expected one of ${[...networks.keys()].join(", ")}, found "${name}"`);
}
