import { DEFAULT_MASTER_PORT, MAX_PORT, MAX_WORLD_SIZE } from "../../distributed/environment.js";
import type { LaunchSettings } from "../../distributed/launcher.js";
import { InputError } from "../../text/errors.js";
import { integer, type Kind } from "../../text/kinds.js";
import type { Flag } from "./flag-table.js";
import { LAUNCH_FLAGS, type LaunchFlags } from "./launch-flags.js";

const MAX_PROCESSES = 1024;
const MAX_RESTARTS = 1e6;

const LOOPBACK = "127.0.0.1";

/** Other flags that may contradict these. */
interface OtherFlags {
  readonly device?: string;
  readonly gpu?: number;
  readonly localRank?: number;
}

const HOST: Kind<string> = {
  expected: "the name or address of a machine",
  is: (value): value is string => typeof value === "string" && isHost(value),
  parse: (word) => (isHost(word) ? word : undefined),
};

/** The flags themselves, torchrun's by name and meaning. */
export const LAUNCH_FLAG_TABLE: readonly Flag[] = [
  {
    flags: "--nproc-per-node <n>",
    description: "train in n processes on this machine, started and watched by this",
    kind: integer(1, MAX_PROCESSES),
  },
  {
    flags: "--nnodes <m>",
    description: "machines; start the command on each of them [1]",
    kind: integer(1, MAX_WORLD_SIZE),
  },
  { flags: "--node-rank <r>", description: "number of this machine, from 0 [0]", kind: integer(0, MAX_WORLD_SIZE - 1) },
  { flags: "--master-addr <host>", description: `name or address of machine 0 [${LOOPBACK}]`, kind: HOST },
  {
    flags: "--master-port <port>",
    description: `a port of machine 0 [a free one; several machines: ${DEFAULT_MASTER_PORT}]`,
    kind: integer(1, MAX_PORT),
  },
  {
    flags: "--max-restarts <k>",
    description: "restart all processes, up to k times, when one fails [0]",
    kind: integer(0, MAX_RESTARTS),
  },
].map((flag) => ({ ...flag, group: "Distributed:", onResume: true }));

/**
 * What is to be launched; `null` where this process is to train itself. Throws InputError for flags that contradict
 * each other, or an environment in which a launcher has started this process already.
 */
export function resolveLaunch(flags: LaunchFlags & OtherFlags, environment: NodeJS.ProcessEnv): LaunchSettings | null {
  const { nprocPerNode, nnodes: machines = 1, nodeRank, masterAddr, masterPort, maxRestarts = 0 } = flags;
  if (nprocPerNode === undefined) {
    refuseAlone(flags);
    return null;
  }
  refuseInside(environment);
  refuseSharedDevice(flags, nprocPerNode);
  if (machines > 1) {
    expectWith(machines, "--node-rank, the number of this machine", nodeRank);
    expectWith(machines, "--master-addr, the name or address of machine 0", masterAddr);
  }
  const machineRank = nodeRank ?? 0;
  if (machineRank >= machines) {
    throw new InputError(
      `option --node-rank: expected a whole number from 0 to ${machines - 1}, of --nnodes ${machines}, received ${machineRank}`,
    );
  }
  if (nprocPerNode * machines > MAX_WORLD_SIZE) {
    throw new InputError(
      `options --nproc-per-node and --nnodes: expected at most ${MAX_WORLD_SIZE} processes in all, received ${nprocPerNode * machines}`,
    );
  }
  return {
    localWorldSize: nprocPerNode,
    machines,
    machineRank,
    masterAddress: masterAddr ?? LOOPBACK,
    masterPort: masterPort ?? (machines > 1 ? DEFAULT_MASTER_PORT : null),
    maxRestarts,
  };
}

/** The flags that start the same processes again. */
export function launchArguments(flags: LaunchFlags): string {
  const words = Object.entries(LAUNCH_FLAGS).flatMap(([name, flag]) => {
    const value = flags[name as keyof LaunchFlags];
    return value === undefined ? [] : [flag, String(value)];
  });
  return words.join(" ");
}

/** A host name or address that needs no shell quoting. */
function isHost(word: string): boolean {
  return /^[\w:][\w.:%-]{0,254}$/.test(word);
}

function refuseAlone(flags: LaunchFlags): void {
  const names = Object.keys(LAUNCH_FLAGS) as (keyof LaunchFlags)[];
  const given = names.find((name) => flags[name] !== undefined);
  if (given === undefined) return;
  throw new InputError(
    `option ${LAUNCH_FLAGS[given]} says how several processes are started: expected --nproc-per-node with it`,
  );
}

function refuseInside(environment: NodeJS.ProcessEnv): void {
  for (const name of ["WORLD_SIZE", "RANK"]) {
    const text = environment[name];
    if (text === undefined) continue;
    throw new InputError(
      `option --nproc-per-node starts processes: expected none in one that a launcher has started already, found the ` +
        `environment variable ${name}, ${JSON.stringify(text.slice(0, 40))}`,
    );
  }
}

function refuseSharedDevice({ device, gpu, localRank }: OtherFlags, processes: number): void {
  if (localRank !== undefined) {
    throw new InputError("option --local_rank: expected none with --nproc-per-node, which gives each process its own");
  }
  if (processes === 1) return;
  const flag = gpu !== undefined ? "--gpu" : "--device";
  const one = gpu !== undefined ? String(gpu) : (/^cuda:\d+$/.exec(device ?? "")?.[0] ?? null);
  if (one === null) return;
  throw new InputError(
    `option ${flag}: expected none, or --device cuda, with --nproc-per-node ${processes}, where each process takes the GPU of ` +
      `its own number, received ${one}`,
  );
}

function expectWith(machines: number, flag: string, value: unknown): void {
  if (value === undefined) throw new InputError(`option --nnodes ${machines}: expected ${flag}, with it`);
}
