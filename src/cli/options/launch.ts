import { type Command, Option } from "commander";
import { DEFAULT_MASTER_PORT, MAX_PORT, MAX_WORLD_SIZE } from "../../distributed/environment.js";
import type { LaunchSettings } from "../../distributed/launcher.js";
import { InputError } from "../../text/errors.js";
import { wholeNumber } from "./parsers.js";

const MAX_PROCESSES = 1024;
const MAX_RESTARTS = 1e6;

const LOOPBACK = "127.0.0.1";

/** The flags that start several processes, as commander hands them over. */
export interface LaunchFlags {
  readonly nprocPerNode?: number;
  readonly nnodes?: number;
  readonly nodeRank?: number;
  readonly masterAddr?: string;
  readonly masterPort?: number;
  readonly maxRestarts?: number;
}

/** Other flags that these may contradict. */
interface OtherFlags {
  readonly device?: string;
  readonly gpu?: number;
  readonly localRank?: number;
}

/** By the names that commander gives their values, in the order of `--help`. */
export const LAUNCH_FLAGS = {
  nprocPerNode: "--nproc-per-node",
  nnodes: "--nnodes",
  nodeRank: "--node-rank",
  masterAddr: "--master-addr",
  masterPort: "--master-port",
  maxRestarts: "--max-restarts",
} as const satisfies Record<keyof LaunchFlags, string>;

/** Adds these flags to a command, torchrun's by name and meaning. */
export function addLaunchFlags(command: Command): Command {
  const add = <Value>(flags: string, description: string, read: (text: string) => Value) =>
    command.addOption(new Option(flags, description).argParser(read).helpGroup("Several processes:"));
  add(
    "--nproc-per-node <n>",
    "train in n processes on this machine, which this command starts and watches",
    wholeNumber("--nproc-per-node", 1, MAX_PROCESSES),
  );
  add(
    "--nnodes <m>",
    "machines; the command is started on each of them (default: 1)",
    wholeNumber("--nnodes", 1, MAX_WORLD_SIZE),
  );
  add(
    "--node-rank <r>",
    "the number of this machine, from 0 (default: 0)",
    wholeNumber("--node-rank", 0, MAX_WORLD_SIZE - 1),
  );
  add("--master-addr <host>", `name or address of machine 0 (default: ${LOOPBACK})`, hostName("--master-addr"));
  add(
    "--master-port <port>",
    `a port of machine 0 (default: a free one; of several machines ${DEFAULT_MASTER_PORT})`,
    wholeNumber("--master-port", 1, MAX_PORT),
  );
  add(
    "--max-restarts <k>",
    "start all again, up to k times, when one fails (default: 0)",
    wholeNumber("--max-restarts", 0, MAX_RESTARTS),
  );
  return command;
}

/**
 * What is to be launched; `null` where this process is to train itself. Throws InputError for flags that contradict each
 * other, or an environment in which a launcher has started this process already.
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

/** The flags as a person types them to start the same processes again. */
export function launchWords(flags: LaunchFlags): string {
  const words = Object.entries(LAUNCH_FLAGS).flatMap(([name, flag]) => {
    const value = flags[name as keyof LaunchFlags];
    return value === undefined ? [] : [flag, String(value)];
  });
  return words.join(" ");
}

/** Reads a flag's host. It is a word that a shell leaves alone, too. Throws InputError naming the flag. */
function hostName(flag: string): (text: string) => string {
  return (text) => {
    if (/^[\w:][\w.:%-]{0,254}$/.test(text)) return text;
    throw new InputError(`option ${flag}: expected the name or address of a machine, received "${text}"`);
  };
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
