import { efficiency, type Link, ringSeconds, treeSeconds, waitSeconds } from "./all-reduce-model.js";
import type { Traffic } from "./network-traffic.js";

/**
 * Of the float64 numbers that every step exchanges: loss, hits among the first and the five best, images, whether to
 * stop.
 */
const EXCHANGE_BYTES = 5 * 8;

/** Assumptions about the machines. */
export interface Assumptions {
  /** A message of NCCL's ring. */
  readonly ring: Link;
  /** A level of NCCL's tree. */
  readonly tree: Link;
  /** A message over TCP, as Gloo sends it. */
  readonly tcp: Link;
  /** The part of a step that is its backward pass. */
  readonly backwardShare: number;
}

/** The predicted times of a step of W GPUs. */
export interface StepPrediction {
  readonly processes: number;
  /** Sums of all buckets one after the other, by each algorithm. */
  readonly ringSeconds: number;
  readonly treeSeconds: number;
  /** What the backward pass does not hide of the gradients' sums, each by the faster algorithm. */
  readonly waitSeconds: number;
  /** The exchange of the step's numbers over Gloo. */
  readonly exchangeSeconds: number;
  /** The sums that `--sync-bn` adds; nothing hides them. */
  readonly syncSeconds: number;
  /** Efficiencies: of gradients alone, with the exchange too, and that with `--sync-bn`. */
  readonly gradients: number;
  readonly withExchange: number;
  readonly withSyncBn: number;
}

/** Predicts the time of a step on a number of GPUs, given their computing time. */
export function predictStep(
  { bucketBytes, runningBytes, syncBytes }: Traffic,
  processes: number,
  computeSeconds: number,
  { ring, tree, tcp, backwardShare }: Assumptions,
): StepPrediction {
  const byRing = (bytes: number) => ringSeconds(processes, bytes, ring);
  const byTree = (bytes: number) => treeSeconds(processes, bytes, tree);
  const best = (bytes: number) => Math.min(byRing(bytes), byTree(bytes));
  const backward = backwardShare * computeSeconds;
  const exchange = ringSeconds(processes, EXCHANGE_BYTES, tcp);
  // The numbers travel from the beginning of the backward pass on, over connections of their own.
  const waitWith = (busy: number) => {
    const gradients = waitSeconds(bucketBytes, backward, best, busy);
    return { gradients, all: Math.max(gradients, exchange - backward) };
  };
  // Without --sync-bn the mean of the running statistics goes first.
  const apart = waitWith(best(runningBytes));
  const sync = sum(syncBytes, best);
  return {
    processes,
    ringSeconds: sum(bucketBytes, byRing),
    treeSeconds: sum(bucketBytes, byTree),
    waitSeconds: apart.gradients,
    exchangeSeconds: exchange,
    syncSeconds: sync,
    gradients: efficiency(computeSeconds, apart.gradients),
    withExchange: efficiency(computeSeconds, apart.all),
    withSyncBn: efficiency(computeSeconds, waitWith(0).all + sync),
  };
}

function sum(bytes: readonly number[], seconds: (bytes: number) => number): number {
  return bytes.reduce((total, size) => total + seconds(size), 0);
}
