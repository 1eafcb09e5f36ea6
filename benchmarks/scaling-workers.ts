import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { processPlace } from "../src/distributed/environment.js";
import { launch } from "../src/distributed/launcher.js";
import type { ProcessGroup } from "../src/distributed/process-group.js";
import { rendezvous } from "../src/distributed/rendezvous.js";

const TIMEOUT_MS = 60_000;
const LEADER = "[rank 0] ";

/** Runs a script of this folder in several processes, the launcher's; what rank 0 printed, a line each. */
export async function runWorkers(
  script: string,
  args: readonly (string | number)[],
  processes: number,
): Promise<string[]> {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const printed = Promise.all([text(stdout), text(stderr)]);
  const { exitCode, error } = await launch({
    command: [process.execPath, fileURLToPath(new URL(script, import.meta.url)), ...args.map(String)],
    environment: process.env,
    outputs: { stdout, stderr },
    localWorldSize: processes,
    machines: 1,
    machineRank: 0,
    masterAddress: "127.0.0.1",
    masterPort: null,
    maxRestarts: 0,
    note: () => undefined,
  });
  stdout.end();
  stderr.end();
  const [lines, complaint] = await printed;
  if (exitCode !== 0) throw new Error(`${script}: ${error ?? `ended with ${exitCode}`}\n${complaint}`);
  return lines
    .split("\n")
    .filter((line) => line.startsWith(LEADER))
    .map((line) => line.slice(LEADER.length));
}

/** Of a worker: the processes that it was started with. */
export async function joinWorkers(): Promise<ProcessGroup> {
  const place = processPlace(process.env);
  if (place === null) throw new Error("a worker is one of several processes");
  return rendezvous(place, TIMEOUT_MS);
}
