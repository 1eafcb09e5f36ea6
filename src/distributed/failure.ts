import { CommunicationError, type ProcessGroup, reasonOf } from "./process-group.js";
import { ranksText } from "./rendezvous.js";

/** How long processes that lost contact wait for word of why. */
const WORD_MS = 2000;

/** How long they wait for each other to say that they are still there. */
const ROLL_MS = 3000;

/** Why a process ended. */
interface Failure {
  readonly rank: number;
  readonly message: string;
}

/** Contact with other processes was lost, and what is known of why is in the message. */
export class LostContactError extends CommunicationError {}

/** Leaves word, for the others, of what ends this process: the first one of all is what they tell the user. */
export function reportFailure(group: ProcessGroup, message: string): void {
  try {
    const failure: Failure = { rank: group.rank, message };
    if (group.add("failures", 1) === 1) group.set("failure", JSON.stringify(failure));
  } catch {
    // Whoever kept the store is gone too: there is nobody left to tell.
  }
}

/**
 * What stands behind a communication that failed: the error of the process that failed first, if it left word; else which processes
 * no longer answer.
 */
export function explainLostContact(group: ProcessGroup, error: Error): LostContactError {
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

/** The ranks that do not say in time that they are there. */
function silentRanks(group: ProcessGroup): number[] {
  group.set(`alive/${group.rank}`, "");
  const deadline = performance.now() + ROLL_MS;
  const ranks = Array.from({ length: group.size }, (_, rank) => rank);
  return ranks.filter((rank) => group.get(`alive/${rank}`, deadline - performance.now()) === null);
}
