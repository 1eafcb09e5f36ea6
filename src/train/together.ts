import { BufferAverage } from "../distributed/buffer-average.js";
import { GradientReduction, type ReductionTimeline } from "../distributed/gradient-reduction.js";
import type { ProcessGroup } from "../distributed/process-group.js";
import { shareOf } from "../distributed/share.js";
import { isTrueAnywhere, startSumOfNumbers, sumNumbers } from "../distributed/sum-numbers.js";
import { synchronizeBatchNorms } from "../nn/batch-norm.js";
import type { Module } from "../nn/module.js";
import type { Communication } from "../run/metrics-jsonl.js";
import { isInteger } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { addCommunication, noCommunication } from "./communication.js";

/** Sums over the images of a batch or pass. */
export interface ImageSums {
  readonly loss: number;
  readonly top1: number;
  readonly top5: number;
  readonly images: number;
}

export interface TogetherOptions {
  /** Whether batch statistics are those of all processes' images. */
  readonly syncBn: boolean;
  /** Whether this process was asked to stop. */
  readonly shouldStop: () => boolean;
  /** Whether it is time for a checkpoint, as far as this process is asked. */
  readonly isCheckpointDue: () => boolean;
}

/**
 * What a training step needs of the other processes. Between two steps all processes hold the same bits: parameters, logits, momenta and
 * running statistics, which without `syncBn` are the mean of what each process saw.
 */
export class Together {
  readonly group: ProcessGroup;
  readonly #reduction: GradientReduction;
  readonly #average: BufferAverage | null;
  /** Of what evaluation takes alone. */
  readonly #evaluationAverage: BufferAverage | null;
  readonly #shouldStop: () => boolean;
  readonly #isCheckpointDue: () => boolean;
  #isAskedToStop = false;
  #isDue = false;
  #communication: Communication;

  constructor(group: ProcessGroup, network: Module, { syncBn, shouldStop, isCheckpointDue }: TogetherOptions) {
    this.group = group;
    this.#shouldStop = shouldStop;
    this.#isCheckpointDue = isCheckpointDue;
    this.#reduction = new GradientReduction(
      group,
      [...network.namedLeaves()].map(([, leaf]) => leaf),
    );
    // Each process has one part of every batch; their sums are added up where they meet.
    if (group.size > 1) network.setReductionChunks(1);
    if (syncBn) synchronizeBatchNorms(network, group.number);
    const averageOf = (buffers: readonly (readonly [string, Tensor])[]) =>
      syncBn
        ? null
        : new BufferAverage(
            group,
            buffers.map(([, buffer]) => buffer).filter(({ dtype }) => !isInteger(dtype)),
          );
    this.#average = averageOf([...network.namedBuffers(), ...network.namedTrainingBuffers()]);
    this.#evaluationAverage = averageOf([...network.namedBuffers()]);
    this.#communication = noCommunication(group.size);
  }

  /** The part of a batch that this process takes. */
  share(batch: Int32Array): Int32Array {
    return shareOf(batch, this.group.rank, this.group.size);
  }

  /** Whether any process was asked to stop, as the last step's exchange says: the same on all of them. */
  get isAskedToStop(): boolean {
    return this.#isAskedToStop;
  }

  /**
   * Whether it is time for a checkpoint on any process, as the last step's exchange says; once. All take it together, though one
   * writes it: what a checkpoint finds wrong with the network, all find at the same step.
   */
  takeCheckpointDue(): boolean {
    const isDue = this.#isDue;
    this.#isDue = false;
    return isDue;
  }

  /** Whether any process was asked to stop, as of now; to be called by all. */
  askToStop(): boolean {
    this.#isAskedToStop = isTrueAnywhere(this.group, this.#shouldStop());
    return this.#isAskedToStop;
  }

  /** The sums of some numbers over all processes. */
  sum(values: readonly number[]): number[] {
    return sumNumbers(this.group, values);
  }

  /** Begins the exchange of what a step measured, after its forward pass; what is returned waits for the sums over all processes. */
  startExchange({ loss, top1, top5, images }: ImageSums): () => ImageSums {
    const flags = [this.#shouldStop(), this.#isCheckpointDue()].map(Number);
    const finishSums = startSumOfNumbers(this.group, [loss, top1, top5, images, ...flags]);
    const finishAverage = this.#average?.start();
    return () => {
      const [allLoss = 0, allTop1 = 0, allTop5 = 0, allImages = 0, asked = 0, due = 0] = finishSums();
      finishAverage?.();
      this.#isAskedToStop = asked > 0;
      this.#isDue = due > 0;
      return { loss: allLoss, top1: allTop1, top5: allTop5, images: allImages };
    };
  }

  /** Puts statistics of evaluation that each process took of its own images at their mean, where they are not those of all images. */
  averageBuffers(): void {
    this.#evaluationAverage?.start()();
  }

  /** Runs a backward pass and leaves the sums of all processes' gradients; returns what happened when. */
  reduceGradients(backward: () => void): ReductionTimeline {
    this.#reduction.begin();
    backward();
    const timeline = this.#reduction.finish();
    this.#communication = addCommunication(this.#communication, timeline);
    return timeline;
  }

  /** What gradients cost since this was last asked. */
  takeCommunication(): Communication {
    const taken = this.#communication;
    this.#communication = noCommunication(this.group.size);
    return taken;
  }

  /** Leaves the network's backward passes as they were. */
  close(): void {
    this.#reduction.close();
  }
}
