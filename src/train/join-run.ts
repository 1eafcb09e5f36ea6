import { processPlace } from "../distributed/environment.js";
import { explainLostContact, LostContactError, reportFailure } from "../distributed/failure.js";
import { ALONE, type Group } from "../distributed/group.js";
import { isCommunicationError } from "../distributed/process-group.js";
import { rendezvous } from "../distributed/rendezvous.js";
import { isTrueAnywhere } from "../distributed/sum-numbers.js";
import { endWithParent } from "../tensor/process.js";

/** Seconds that an operation between processes may take: longer than loading data or writing a checkpoint does. */
const TIMEOUT_SECONDS = 600;

/** The place of this process in a run. */
export interface Membership {
  /** All processes of the run. */
  readonly group: Group;
  /** This process's number on this machine, where there are several; and how many there are. */
  readonly localRank: number | undefined;
  readonly localProcesses: number;
}

/**
 * Joins the processes that a launcher's environment names, or trains alone. Throws InputError for an environment that
 * makes no sense, and CommunicationError where processes do not come.
 */
export async function joinRun({
  localRank,
  distTimeout = TIMEOUT_SECONDS,
}: {
  readonly localRank?: number | undefined;
  readonly distTimeout?: number | undefined;
}): Promise<Membership> {
  const place = processPlace(process.env, localRank);
  const launcher = Number(process.env["WEIGHT_SEARCH_LAUNCHER_PID"]);
  if (Number.isInteger(launcher) && launcher > 0) endWithParent(launcher);
  if (place === null) return { group: ALONE, localRank, localProcesses: 1 };
  const group = await rendezvous(place, 1000 * distTimeout);
  return { group, localRank: place.localRank, localProcesses: place.localWorldSize };
}

/** Leaves the run after all ranks have finished: the rank that hosts the store leaves last. */
export function leaveRun({ group }: Membership): void {
  isTrueAnywhere(group, false);
  group.close();
}

/** The error that ends this process; it is published, so that all ranks report the first error. */
export function leaveWithError({ group }: Membership, error: unknown): unknown {
  if (error instanceof LostContactError) return error;
  if (isCommunicationError(error)) return explainLostContact(group, error);
  if (group.size > 1) reportFailure(group, error instanceof Error ? error.message : String(error));
  return error;
}
