import { freePort } from "../../src/distributed/free-port.js";
import { type Running, startWeightSearch } from "../faults/command.js";

/** Options of a single rank. */
export interface RankOptions {
  readonly args?: readonly string[];
  readonly cwd?: string;
}

/**
 * Starts the ranks of a data-parallel training with torchrun's environment variables, without a launcher.
 * @param args arguments of all ranks
 * @param own additional options by rank
 */
export async function startRanks(
  args: readonly string[],
  own: readonly RankOptions[] = [],
  { processes = 2, environment = {} }: { processes?: number; environment?: NodeJS.ProcessEnv } = {},
): Promise<readonly Running[]> {
  const port = await freePort();
  return Array.from({ length: processes }, (_, rank) => {
    const { args: more = [], cwd } = own[rank] ?? {};
    const place = {
      RANK: String(rank),
      LOCAL_RANK: String(rank),
      WORLD_SIZE: String(processes),
      LOCAL_WORLD_SIZE: String(processes),
      MASTER_ADDR: "127.0.0.1",
      MASTER_PORT: String(port),
    };
    const env = { ...process.env, ...place, ...environment };
    return startWeightSearch(["train", ...args, ...more], { env, ...(cwd !== undefined && { cwd }) });
  });
}

/** Starts ranks and waits until all have ended. */
export async function trainRanks(...given: Parameters<typeof startRanks>) {
  const running = await startRanks(...given);
  return Promise.all(running.map(({ ended }) => ended));
}
