import type { AddonError } from "../tensor/addon-error.js";
import type { Group } from "./group.js";
import { CommunicationError, reasonOf } from "./process-group.js";
import { ranksText } from "./rendezvous.js";

/** How long ranks that lost contact wait for a reason. */
const WORD_MS = 2000;

/** How long they wait for each other's sign of life. */
const ROLL_MS = 3000;

/** Why a process ended. */
interface Failure {
  readonly rank: number;
  readonly message: string;
}

/** Contact with other ranks was lost; the message says why, as far as known. */
export class LostContactError extends CommunicationError {}

/** Publishes what ends this process, for the other ranks: they report the first failure of all. */
export function reportFailure(group: Group, message: string): void {
  try {
    const failure: Failure = { rank: group.rank, message };
    if (group.add("failures", 1) === 1) group.set("failure", JSON.stringify(failure));
  } catch {
    // The rank that hosts the store is gone too.
  }
}

/**
 * Finds the cause of a failed communication: the error of the rank that failed first, if it published one; else which
 * ranks no longer answer.
 */
export function explainLostContact(group: Group, error: CommunicationError | AddonError): LostContactError {
  try {
    const word = group.get("failure", WORD_MS);
    if (word !== null) {
      const { rank, message }: Failure = JSON.parse(word);
      return new LostContactError(`rank ${rank} failed: ${message}`, { cause: error });
    }
    const silent = silentRanks(group);
    if (silent.length > 0) {
      return new LostContactError(`no answer any more, ${ranksText(silent)} gone or hung: ${reasonOf(error)}`, {
        cause: error,
      });
    }
  } catch (lost) {
    if (!(lost instanceof CommunicationError)) throw lost;
    return new LostContactError(`rank 0, which keeps the store, is gone: ${reasonOf(error)}`, { cause: error });
  }
  return new LostContactError(`lost contact with another process: ${reasonOf(error)}`, { cause: error });
}

/** The ranks without a sign of life in time. */
function silentRanks(group: Group): number[] {
  group.set(`alive/${group.rank}`, "");
  const deadline = performance.now() + ROLL_MS;
  const ranks = Array.from({ length: group.size }, (_, rank) => rank);
  return ranks.filter((rank) => group.get(`alive/${rank}`, deadline - performance.now()) === null);
}
