import type { BatchTransform } from "./registry.js";

/** How training batches are mixed. */
export interface BatchMix {
  /** Of which each batch has one, chosen at random. */
  readonly transforms: readonly BatchTransform[];
  /** The last epochs of a run, which are trained without. */
  readonly offEpochs: number;
}

/** Whether an epoch of `epochs`, counted from 0, is one whose batches are mixed. */
export function isMixedEpoch({ offEpochs }: BatchMix, epochs: number, epoch: number): boolean {
  return epoch < epochs - offEpochs;
}
