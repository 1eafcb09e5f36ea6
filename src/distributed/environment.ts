import { InputError } from "../text/errors.js";

/** Maximum number of processes of a run. */
export const MAX_WORLD_SIZE = 65536;

/** The default port of the store, as torchrun's. */
export const DEFAULT_MASTER_PORT = 29500;

export const MAX_PORT = 65535;

/** The rank of this process within its group. */
export interface ProcessPlace {
  /** 0 … worldSize − 1. */
  readonly rank: number;
  /** Processes of the run, at least 2. */
  readonly worldSize: number;
  /** 0 … localWorldSize − 1 on this machine. */
  readonly localRank: number;
  /** Processes of the run on this machine. */
  readonly localWorldSize: number;
  readonly masterAddress: string;
  readonly masterPort: number;
  /** Distinguishes the store's keys from those of an earlier start if the store outlived it; else 0. */
  readonly storeGeneration: number;
  /** How often the launcher has restarted all processes; 0 the first time. */
  readonly restartCount: number;
  /** Whether this process keeps the store at the master's address: rank 0 does, unless torchrun's agent does. */
  readonly hostsStore: boolean;
}

/**
 * Reads this process's rank from torchrun's environment variables (RANK, WORLD_SIZE, LOCAL_RANK, LOCAL_WORLD_SIZE,
 * MASTER_ADDR, MASTER_PORT, TORCHELASTIC_RESTART_COUNT), which Kubernetes' PyTorchJob and Slurm wrappers set too;
 * `null` for a single process. Without LOCAL_RANK it is the only one of its machine; with LOCAL_RANK but without
 * LOCAL_WORLD_SIZE all are assumed to be on one machine.
 *
 * @param requestedLocalRank the local rank that older launchers pass as an argument
 * @throws InputError for variables that are missing, invalid, or contradict each other or the argument
 */
export function processPlace(environment: NodeJS.ProcessEnv, requestedLocalRank?: number): ProcessPlace | null {
  if (environment["WORLD_SIZE"] === undefined) refuseTasksOfSlurm(environment);
  const worldSize = wholeNumber(environment, "WORLD_SIZE", 1, MAX_WORLD_SIZE, 1);
  if (worldSize === 1) {
    checkAlone(environment, requestedLocalRank);
    return null;
  }
  const rank = wholeNumber(environment, "RANK", 0, worldSize - 1);
  const { localRank, localWorldSize } = localPlace(environment, worldSize, requestedLocalRank);
  // As Python prints it.
  const isAgents = environment["TORCHELASTIC_USE_AGENT_STORE"] === "True";
  return {
    rank,
    worldSize,
    localRank,
    localWorldSize,
    masterAddress: masterAddress(environment),
    masterPort: wholeNumber(environment, "MASTER_PORT", 1, MAX_PORT, DEFAULT_MASTER_PORT),
    restartCount: restartCount(environment),
    // Launchers on several machines count restarts independently: their numbers may differ.
    storeGeneration: isAgents ? restartCount(environment) : 0,
    hostsStore: rank === 0 && !isAgents,
  };
}

/** How often the launcher has restarted this command; 0 the first time, and without a launcher. */
export function restartCount(environment: NodeJS.ProcessEnv): number {
  return wholeNumber(environment, "TORCHELASTIC_RESTART_COUNT", 0, Number.MAX_SAFE_INTEGER, 0);
}

/** Otherwise each task of such a step would train its own network, and all would write the same results. */
function refuseTasksOfSlurm({ SLURM_STEP_NUM_TASKS: tasks, SLURM_PROCID: rank }: NodeJS.ProcessEnv): void {
  if (rank === undefined || !(Number(tasks) > 1)) return;
  throw new InputError(
    `environment variable WORLD_SIZE: expected one in a step of ${shown(tasks)} tasks of Slurm, found none; in each task, ` +
      "export RANK=$SLURM_PROCID WORLD_SIZE=$SLURM_NTASKS LOCAL_RANK=$SLURM_LOCALID MASTER_ADDR=<the first machine>, or " +
      "WORLD_SIZE=1 where each is to train a network of its own",
  );
}

function checkAlone(environment: NodeJS.ProcessEnv, requestedLocalRank: number | undefined): void {
  for (const name of ["RANK", "LOCAL_RANK"]) {
    const text = environment[name];
    if (text === undefined || /^0+$/.test(text)) continue;
    const why = environment["WORLD_SIZE"] === undefined ? "since WORLD_SIZE is not set" : "since WORLD_SIZE is 1";
    throw new InputError(`environment variable ${name}: expected 0, ${why}, found ${shown(text)}`);
  }
  if (requestedLocalRank === undefined || requestedLocalRank === 0) return;
  throw new InputError(`\`localRank\`: expected 0, the only process, received ${requestedLocalRank}`);
}

function localPlace(
  environment: NodeJS.ProcessEnv,
  worldSize: number,
  requestedLocalRank: number | undefined,
): Pick<ProcessPlace, "localRank" | "localWorldSize"> {
  const text = environment["LOCAL_RANK"];
  const isNumbered = text !== undefined || requestedLocalRank !== undefined;
  const localWorldSize = wholeNumber(environment, "LOCAL_WORLD_SIZE", 1, worldSize, isNumbered ? worldSize : 1);
  const fallback = requestedLocalRank ?? (localWorldSize === 1 ? 0 : undefined);
  const localRank = wholeNumber(environment, "LOCAL_RANK", 0, localWorldSize - 1, fallback);
  if (requestedLocalRank !== undefined && requestedLocalRank !== localRank) {
    throw new InputError(`\`localRank\`: expected ${localRank}, as LOCAL_RANK says, received ${requestedLocalRank}`);
  }
  if (localRank >= localWorldSize) {
    throw new InputError(
      `\`localRank\`: expected a whole number from 0 to ${localWorldSize - 1}, received ${localRank}`,
    );
  }
  return { localRank, localWorldSize };
}

function masterAddress({ MASTER_ADDR: address = "" }: NodeJS.ProcessEnv): string {
  if (address.trim() !== "") return address;
  throw new InputError(
    `environment variable MASTER_ADDR: expected the name or address of rank 0's machine, found ${address === "" ? "none" : shown(address)}`,
  );
}

/** A variable's integer in [min, max]; if it is not set, `fallback` if there is one. */
function wholeNumber(
  environment: NodeJS.ProcessEnv,
  name: string,
  min: number,
  max: number,
  fallback?: number,
): number {
  const text = environment[name];
  if (text === undefined && fallback !== undefined) return fallback;
  const value = /^\d+$/.test(text ?? "") ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  const range = max === Number.MAX_SAFE_INTEGER ? `>= ${min}` : `from ${min} to ${max}`;
  throw new InputError(`environment variable ${name}: expected a whole number ${range}, found ${shown(text)}`);
}

function shown(text: string | undefined): string {
  return text === undefined ? "none" : JSON.stringify(text.slice(0, 40));
}
