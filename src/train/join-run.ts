import { processPlace } from "../distributed/environment.js";
import { explainLostContact, LostContactError, reportFailure } from "../distributed/failure.js";
import { isCommunicationError, type ProcessGroup } from "../distributed/process-group.js";
import { rendezvous } from "../distributed/rendezvous.js";
import { isTrueAnywhere } from "../distributed/sum-numbers.js";
import { StoppedBySignal } from "../system/signals.js";
import { endWithParent } from "../tensor/process.js";
import type { TrainFlags } from "./settings.js";

/** Seconds that an operation between processes may take: longer than loading data or writing a checkpoint does. */
const TIMEOUT_SECONDS = 600;

/** The place of this process in a run. */
export interface Membership {
  /** All processes of the run; `null`: this one alone. */
  readonly group: ProcessGroup | null;
  /** Its number on this machine, and how many there are. */
  readonly localRank: number | undefined;
  readonly localProcesses: number;
}

/**
 * Runs a command alone or as one of the processes that a launcher's environment tells of. A process that fails leaves word for the
 * others, so that each of them ends with the first error of all.
 */
export async function joinRun(
  flags: Pick<TrainFlags, "localRank" | "distTimeout">,
  run: (membership: Membership) => Promise<void>,
): Promise<void> {
  const place = processPlace(process.env, flags.localRank);
  const launcher = Number(process.env["WEIGHT_SEARCH_LAUNCHER_PID"]);
  if (Number.isInteger(launcher) && launcher > 0) endWithParent(launcher);
  if (place === null) return run({ group: null, localRank: flags.localRank, localProcesses: 1 });
  const group = await rendezvous(place, 1000 * (flags.distTimeout ?? TIMEOUT_SECONDS));
  try {
    await run({ group, localRank: place.localRank, localProcesses: place.localWorldSize });
    // Whoever keeps the store leaves last.
    isTrueAnywhere(group, false);
  } catch (error) {
    throw told(group, error);
  }
  group.close();
}

/** The error that ends this process, of which the others know. */
function told(group: ProcessGroup, error: unknown): unknown {
  if (error instanceof StoppedBySignal || error instanceof LostContactError) return error;
  if (isCommunicationError(error)) return explainLostContact(group, error);
  reportFailure(group, error instanceof Error ? error.message : String(error));
  return error;
}
