import { setTimeout as sleep } from "node:timers/promises";
import { hasErrorCode } from "../tensor/addon-error.js";
import { InputError } from "../text/errors.js";
import { CommunicationError, type GroupPlace, ProcessGroup, reasonOf } from "./process-group.js";

/** How much longer than rank 0 the others wait, so that its report of who did not join arrives. */
const PATIENCE_MS = 10_000;

/** Rank 0's roll call; `problem` is `null` if all joined. */
interface RollCall {
  readonly problem: string | null;
}

/** Delay between two attempts to join, while the store may belong to a group that is ending. */
const RETRY_MS = 500;

/** Another process with this rank has already joined the store. */
class TwiceError extends InputError {}

/**
 * Joins the other ranks of a run at the master's address: returns when all are connected.
 *
 * After a restart the store there may still be that of the earlier processes, which ends with them: then joining is
 * retried.
 * @throws InputError for an unusable address; CommunicationError, on every rank that joined, naming those that did not
 *   join in time
 */
export async function rendezvous(place: GroupPlace, timeoutMs: number): Promise<ProcessGroup> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      return join(place, Math.max(1000, deadline - performance.now()), timeoutMs);
    } catch (error) {
      const isStale = error instanceof TwiceError || isLoss(error);
      if (place.restartCount === 0 || !isStale || performance.now() > deadline) throw error;
      await sleep(RETRY_MS);
    }
  }
}

/** Whether a store was there and vanished. */
function isLoss(error: unknown): boolean {
  return error instanceof CommunicationError && error.cause instanceof CommunicationError;
}

function join(place: GroupPlace, patienceMs: number, timeoutMs: number): ProcessGroup {
  const deadline = performance.now() + patienceMs;
  const group = openStore(place, timeoutMs);
  const { rank, worldSize } = place;
  const problem = inStore(place, () => {
    if (group.add(`arrivals/${rank}`, 1) > 1) {
      throw new TwiceError(`environment variable RANK: expected another one for every process, found ${rank} twice`);
    }
    group.set(`present/${rank}`, String(worldSize));
    if (rank === 0) group.set("roll", JSON.stringify({ problem: callRoll(group, deadline) } satisfies RollCall));
    const roll = group.get("roll", deadline - performance.now() + PATIENCE_MS);
    return roll === null ? "rank 0 is missing" : (JSON.parse(roll) as RollCall).problem;
  });
  if (problem === null) {
    inStore(place, () => group.connect());
    return group;
  }
  throw new CommunicationError(
    `${where(place)}: expected ${worldSize} processes within ${seconds(timeoutMs)}, but ${problem}`,
  );
}

/** Adds the address to the error of a failed communication. */
function inStore<Result>(place: GroupPlace, body: () => Result): Result {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof CommunicationError)) throw error;
    throw new CommunicationError(`${where(place)}: lost contact while processes joined: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

/** What is wrong with the ranks that joined or did not; `null` if nothing. */
function callRoll(group: ProcessGroup, deadline: number): string | null {
  const missing: number[] = [];
  for (let rank = 1; rank < group.size; rank++) {
    const found = group.get(`present/${rank}`, deadline - performance.now());
    if (found === null) missing.push(rank);
    else if (found !== String(group.size)) return `rank ${rank} expects ${found} (WORLD_SIZE)`;
  }
  return missing.length === 0 ? null : `${ranksText(missing)} missing`;
}

function openStore(place: GroupPlace, timeoutMs: number): ProcessGroup {
  try {
    return new ProcessGroup(place, timeoutMs);
  } catch (error) {
    if (!(error instanceof CommunicationError)) throw error;
    if (hasErrorCode(error.cause, "ERR_ADDRESS_IN_USE")) {
      throw new InputError(`${where(place)}: expected a port that is free, found one that another program uses`, {
        cause: error,
      });
    }
    throw new CommunicationError(
      `${where(place)}: expected rank 0 there within ${seconds(timeoutMs)}, found no answer: ${reasonOf(error)}`,
      { cause: error },
    );
  }
}

function where({ masterAddress, masterPort }: GroupPlace): string {
  return `master ${masterAddress}:${masterPort} (MASTER_ADDR, MASTER_PORT)`;
}

function seconds(milliseconds: number): string {
  return `${milliseconds / 1000} s`;
}

/** "rank 3 is", "ranks 1, 2 and 7 are"; for many, the first ten and the number of the rest. */
export function ranksText(ranks: readonly number[]): string {
  const [only] = ranks;
  if (ranks.length === 1) return `rank ${only} is`;
  const named = ranks.slice(0, 10).map(String);
  const rest = ranks.length > named.length ? `${ranks.length - named.length} more` : named.pop();
  return `ranks ${named.join(", ")} and ${rest} are`;
}
