import { type DistributedAddon, distributedAddon } from "../tensor/addon.js";
import type { Tensor } from "../tensor/tensor.js";
import type { ProcessPlace } from "./environment.js";

/** Processes could not be reached, or did not answer in time. */
export class CommunicationError extends Error {
  override readonly name = "CommunicationError";
}

/** How the addon's messages of a communication that failed begin, wherever in an operator it was. */
const COMMUNICATION = /communication: /;

/** Whether an error is one of communication: thrown here, or by an operator that asks other processes. */
export function isCommunicationError(error: unknown): error is Error {
  return error instanceof CommunicationError || (error instanceof Error && COMMUNICATION.test(error.message));
}

/** What of its place a process needs to find the others of its group. */
export type GroupPlace = Omit<ProcessPlace, "localRank" | "localWorldSize">;

/**
 * The processes that train a network together, on LibTorch's c10d: a store of short texts, and collective operations, which every
 * process calls in the same order with tensors of the same shapes. All of them block; none waits longer than the timeout.
 *
 * Every method throws CommunicationError when a process is gone or does not answer in time.
 */
export class ProcessGroup {
  readonly rank: number;
  readonly size: number;
  readonly timeoutMs: number;
  /** What operators that ask other processes, such as batch normalization, are given. */
  readonly number: number;
  readonly #addon: DistributedAddon;

  /** Opens the store, waiting for it until the timeout. */
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

  /** Whether this is the process that writes a run's files and speaks to the user. */
  get isLeader(): boolean {
    return this.rank === 0;
  }

  /** Connects all processes, over Gloo. */
  connect(): void {
    communicate(() => this.#addon.connectProcessGroup(this.number));
  }

  /** Connects them once more, for gradients, which are long and should not keep what is short waiting. */
  connectGradients(backend: "gloo" | "nccl"): void {
    communicate(() => this.#addon.connectGradients(this.number, backend === "nccl"));
  }

  /** The sum of a contiguous tensor over all processes, in place. */
  sum(tensor: Tensor): void {
    communicate(() => this.#addon.groupSum(this.number, tensor.handle));
  }

  /** Begins such a sum; what is returned waits for it. Until then the tensor is not to be touched. */
  startSum(tensor: Tensor): () => void {
    const sum = communicate(() => this.#addon.groupStartSum(this.number, tensor.handle));
    return () => communicate(() => this.#addon.groupFinishSum(this.number, sum));
  }

  /** Rank 0's elements, in place. */
  broadcast(tensor: Tensor): void {
    communicate(() => this.#addon.groupBroadcast(this.number, tensor.handle));
  }

  /** Leaves a text in the store. */
  set(key: string, text: string): void {
    communicate(() => this.#addon.groupSet(this.number, key, text));
  }

  /** What a process left, or leaves in the meantime, in the store; `null` when none does in time. */
  get(key: string, timeoutMs: number): string | null {
    return communicate(() => this.#addon.groupGet(this.number, key, Math.max(1, Math.ceil(timeoutMs))));
  }

  /** Adds to a counter of the store, which begins with 0; returns it. */
  add(key: string, amount: number): number {
    return communicate(() => this.#addon.groupAdd(this.number, key, amount));
  }

  /** Closes the connections; to be called when nothing is under way. */
  close(): void {
    this.#addon.closeProcessGroup(this.number);
  }
}

/** What an error of communication says, without the operator in which it happened. */
export function reasonOf({ message }: Error): string {
  return message.replace(/^.*?communication: /s, "").split("\n", 1)[0] ?? message;
}

function communicate<Result>(body: () => Result): Result {
  try {
    return body();
  } catch (error) {
    if (!isCommunicationError(error)) throw error;
    throw new CommunicationError(reasonOf(error), { cause: error });
  }
}
