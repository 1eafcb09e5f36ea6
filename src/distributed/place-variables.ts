/** The machines of a run, and which one of them this is. */
export interface Machines {
  readonly machines: number;
  /** 0 … machines − 1. */
  readonly machineRank: number;
  /** Processes on each machine. */
  readonly localWorldSize: number;
  /** The name or address of machine 0. */
  readonly masterAddress: string;
}

/**
 * The environment variables of a process on this machine: torchrun's (read by `processPlace`), and the launcher's
 * process id: the process may end itself when the launcher is gone.
 */
export function placeVariables(
  { machines, machineRank, localWorldSize, masterAddress }: Machines,
  localRank: number,
  masterPort: number,
  restartCount: number,
) {
  return {
    RANK: String(machineRank * localWorldSize + localRank),
    WORLD_SIZE: String(machines * localWorldSize),
    LOCAL_RANK: String(localRank),
    LOCAL_WORLD_SIZE: String(localWorldSize),
    GROUP_RANK: String(machineRank),
    MASTER_ADDR: masterAddress,
    MASTER_PORT: String(masterPort),
    TORCHELASTIC_RESTART_COUNT: String(restartCount),
    // An inherited value would mean that rank 0 hosts no store.
    TORCHELASTIC_USE_AGENT_STORE: "False",
    WEIGHT_SEARCH_LAUNCHER_PID: String(process.pid),
  };
}
