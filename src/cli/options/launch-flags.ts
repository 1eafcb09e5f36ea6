/** The flags that start several processes, as commander hands them over. */
export interface LaunchFlags {
  readonly nprocPerNode?: number;
  readonly nnodes?: number;
  readonly nodeRank?: number;
  readonly masterAddr?: string;
  readonly masterPort?: number;
  readonly maxRestarts?: number;
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
