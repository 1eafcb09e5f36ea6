import type { Tensor } from "../tensor/tensor.js";
import type { ReductionTimeline } from "./reduction-timeline.js";

/**
 * The processes that train a network together: a store of short texts, and collective operations, which every process calls in the
 * same order with tensors of the same shapes. One process is a group of one (`ALONE`).
 */
export interface Group {
  /** 0 … size − 1. */
  readonly rank: number;
  readonly size: number;
  /** Whether this is the process that writes a run's files and reports to the user. */
  readonly isLeader: boolean;
  /** Passed to operators that ask other processes, such as batch normalization's. */
  readonly number: number;
  /** How long an operation waits for the others. */
  readonly timeoutMs: number;
  /** Sums a contiguous tensor over all processes, in place. */
  sum(tensor: Tensor): void;
  /** Begins such a sum; the function returned waits for it. Until then the tensor must not be touched. */
  startSum(tensor: Tensor): () => void;
  /** Copies rank 0's elements into every process's tensor. */
  broadcast(tensor: Tensor): void;
  /** Sums gradients of these leaves during backward passes. */
  openReduction(leaves: readonly Tensor[]): Reduction;
  /** Connects the processes for gradients, over the named backend. */
  connectGradients(backend: "gloo" | "nccl"): void;
  /** Leaves a text in the store. */
  set(key: string, text: string): void;
  /** The text that a process left, or leaves in the meantime, in the store; `null` when none does in time. */
  get(key: string, timeoutMs: number): string | null;
  /** Adds to a counter of the store, which begins with 0; returns it. */
  add(key: string, amount: number): number;
  close(): void;
}

/** Sums gradients over all processes while the backward pass still computes others. */
export interface Reduction {
  /** To be called before the backward pass. */
  begin(): void;
  /** Waits for the sums, after the backward pass; `null` where nothing had to be sent. */
  finish(): ReductionTimeline | null;
  /** Leaves the network as it was. */
  close(): void;
}

const nothing = () => undefined;
const NO_REDUCTION: Reduction = { begin: nothing, finish: () => null, close: nothing };
const store = new Map<string, string>();

/** The group of a process that trains alone: sums are what it has itself. */
export const ALONE: Group = {
  rank: 0,
  size: 1,
  isLeader: true,
  number: 0,
  timeoutMs: 0,
  sum: nothing,
  startSum: () => nothing,
  broadcast: nothing,
  openReduction: () => NO_REDUCTION,
  connectGradients: nothing,
  set: (key, text) => void store.set(key, text),
  get: (key) => store.get(key) ?? null,
  add: (key, amount) => {
    const sum = Number(store.get(key) ?? 0) + amount;
    store.set(key, String(sum));
    return sum;
  },
  close: nothing,
};
