import { distributedAddon } from "../tensor/addon.js";
import { type AddonError, hasErrorCode } from "../tensor/addon-error.js";
import type { DistributedAddon } from "../tensor/addon-functions.js";
import type { Tensor } from "../tensor/tensor.js";
import type { ProcessPlace } from "./environment.js";
import { GradientReduction } from "./gradient-reduction.js";
import type { Group, Reduction } from "./group.js";

/** Other ranks could not be reached, or did not answer in time. */
export class CommunicationError extends Error {
  override readonly name = "CommunicationError";
}

/** Whether an error is one of communication: thrown here, or by an operator that asks other processes. */
export function isCommunicationError(error: unknown): error is CommunicationError | AddonError {
  return error instanceof CommunicationError || hasErrorCode(error, "ERR_COMMUNICATION", "ERR_ADDRESS_IN_USE");
}

/** What a process needs to join its group. */
export type GroupPlace = Omit<ProcessPlace, "localRank" | "localWorldSize">;

/**
 * The ranks of a data-parallel training, on LibTorch's c10d: a store of short texts, and collective operations, which
 * every rank must call in the same order with tensors of the same shapes. All of them block, no longer than the
 * timeout.
 *
 * Every method throws CommunicationError if a rank is gone or does not answer in time.
 */
export class ProcessGroup implements Group {
  readonly rank: number;
  readonly size: number;
  readonly timeoutMs: number;
  /** Handle for operators that communicate, such as synchronized batch normalization. */
  readonly number: number;
  readonly #addon: DistributedAddon;

  /** Opens the store, waiting up to the timeout. */
  constructor(place: GroupPlace, timeoutMs: number) {
    const { rank, worldSize, masterAddress, masterPort, hostsStore, storeGeneration } = place;
    const addon = distributedAddon();
    this.#addon = addon;
    this.rank = rank;
    this.size = worldSize;
    this.timeoutMs = timeoutMs;
    const prefix = `weight-search/${storeGeneration}`;
    this.number = communicate(() =>
      addon.openProcessGroup(rank, worldSize, masterAddress, masterPort, hostsStore, prefix, timeoutMs),
    );
  }

  /** Whether this is the rank that writes a run's files and prints. */
  get isLeader(): boolean {
    return this.rank === 0;
  }

  /** Connects all ranks, over Gloo. */
  connect(): void {
    communicate(() => this.#addon.connectProcessGroup(this.number));
  }

  /** Opens a second connection for gradients, so that long transfers do not delay short ones. */
  connectGradients(backend: "gloo" | "nccl"): void {
    communicate(() => this.#addon.connectGradients(this.number, backend === "nccl"));
  }

  /** Sums a contiguous tensor over all ranks, in place. */
  sum(tensor: Tensor): void {
    communicate(() => this.#addon.groupSum(this.number, tensor.handle));
  }

  /** Starts such a sum; the returned function waits for it. Do not touch the tensor until then. */
  startSum(tensor: Tensor): () => void {
    const sum = communicate(() => this.#addon.groupStartSum(this.number, tensor.handle));
    return () => communicate(() => this.#addon.groupFinishSum(this.number, sum));
  }

  /** Broadcasts rank 0's elements, in place. */
  broadcast(tensor: Tensor): void {
    communicate(() => this.#addon.groupBroadcast(this.number, tensor.handle));
  }

  openReduction(leaves: readonly Tensor[]): Reduction {
    return new GradientReduction(this.number, leaves);
  }

  /** Puts a text into the store. */
  set(key: string, text: string): void {
    communicate(() => this.#addon.groupSet(this.number, key, text));
  }

  /** Waits for a text in the store; `null` if there is none in time. */
  get(key: string, timeoutMs: number): string | null {
    return communicate(() => this.#addon.groupGet(this.number, key, Math.max(1, Math.ceil(timeoutMs))));
  }

  /** Adds to a counter of the store, which starts at 0, and returns it. */
  add(key: string, amount: number): number {
    return communicate(() => this.#addon.groupAdd(this.number, key, amount));
  }

  /** Closes the connections. Call it when no operation is pending. */
  close(): void {
    this.#addon.closeProcessGroup(this.number);
  }
}

/** What an error of communication says, without the operator in which it happened. */
export function reasonOf(error: CommunicationError | AddonError): string {
  const reason = "reason" in error ? error.reason : error.message;
  return reason.split("\n", 1)[0] ?? reason;
}

function communicate<Result>(body: () => Result): Result {
  try {
    return body();
  } catch (error) {
    if (!isCommunicationError(error)) throw error;
    throw new CommunicationError(reasonOf(error), { cause: error });
  }
}
