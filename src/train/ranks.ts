import { BufferAverage } from "../distributed/buffer-average.js";
import type { Group, Reduction } from "../distributed/group.js";
import type { ReductionTimeline } from "../distributed/reduction-timeline.js";
import { shareOf } from "../distributed/share.js";
import { isTrueAnywhere, startSumOfNumbers, sumNumbers } from "../distributed/sum-numbers.js";
import { synchronizeBatchNorms } from "../nn/batch-norm.js";
import type { Module } from "../nn/module.js";
import type { Communication } from "../run/metrics-jsonl.js";
import { isInteger } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { addCommunication, noCommunication } from "./communication.js";
import type { ImageSums } from "./metric-accumulator.js";

/** What asks a run to stop. */
export interface StopRequest {
  readonly isRequested: boolean;
}

/** Something that may be due between two steps. */
export interface Due {
  isDue(): boolean;
}

/** The sums of a step over all ranks, which may still be on their way. */
export interface PendingSums {
  /** The sums where they are known already: in a group of one. */
  readonly early: ImageSums | null;
  /** Waits for the sums; `null` where a device keeps them. */
  finish(): ImageSums | null;
}

export interface RanksOptions {
  /** Whether batch statistics are those of all ranks' images. */
  readonly syncBn: boolean;
  /** This rank's request to stop. */
  readonly stop: StopRequest;
  /** This rank's checkpoints. */
  readonly checkpoints: Due;
}

/**
 * What a training step needs of the other ranks. Between two steps all ranks hold the same bits: parameters, logits,
 * momenta and running statistics, which without `syncBn` are the mean of what each rank saw. A group of one needs
 * nothing: its sums are its own.
 */
export class Ranks {
  readonly group: Group;
  readonly #reduction: Reduction;
  readonly #average: BufferAverage;
  /** Of what evaluation uses alone. */
  readonly #evaluationAverage: BufferAverage;
  readonly #stop: StopRequest;
  readonly #checkpoints: Due;
  #isStopAgreed = false;
  #isCheckpointAgreed = false;
  #communication: Communication;

  constructor(group: Group, network: Module, { syncBn, stop, checkpoints }: RanksOptions) {
    this.group = group;
    this.#stop = stop;
    this.#checkpoints = checkpoints;
    this.#reduction = group.openReduction([...network.namedLeaves()].map(([, leaf]) => leaf));
    const isAlone = group.size === 1;
    // Each rank has one chunk of every batch; their sums are added where they meet.
    if (!isAlone) network.setReductionChunks(1);
    if (syncBn && !isAlone) synchronizeBatchNorms(network, group.number);
    const averageOf = (buffers: readonly (readonly [string, Tensor])[]) => {
      const moving = buffers.map(([, buffer]) => buffer).filter(({ dtype }) => !isInteger(dtype));
      return new BufferAverage(group, syncBn || isAlone ? [] : moving);
    };
    this.#average = averageOf([...network.namedBuffers(), ...network.namedTrainingBuffers()]);
    this.#evaluationAverage = averageOf([...network.namedBuffers()]);
    this.#communication = noCommunication(group.size);
  }

  /** The share of a batch that this rank takes. */
  share(batch: Int32Array): Int32Array {
    return shareOf(batch, this.group.rank, this.group.size);
  }

  /** Whether any rank received a stop request, as of the last step's exchange: the same on all of them. */
  get isStopRequested(): boolean {
    return this.group.size === 1 ? this.#stop.isRequested : this.#isStopAgreed;
  }

  /**
   * Whether a checkpoint is due on any rank, as of the last step's exchange; once. All take it together, though one
   * writes it: what a checkpoint finds wrong with the network, all find at the same step.
   */
  takeCheckpointDue(): boolean {
    const isDue = this.group.size === 1 ? this.#checkpoints.isDue() : this.#isCheckpointAgreed;
    this.#isCheckpointAgreed = false;
    return isDue;
  }

  /** Checks now whether any rank received a stop request. Collective. */
  agreeToStop(): boolean {
    this.#isStopAgreed = isTrueAnywhere(this.group, this.#stop.isRequested);
    return this.#isStopAgreed;
  }

  /** Sums numbers over all ranks. */
  sum(values: readonly number[]): readonly number[] {
    return this.group.size === 1 ? values : sumNumbers(this.group, values);
  }

  /**
   * Begins to sum what a step measured, after its forward pass; `own` is `null` where a device of a group of one keeps
   * it.
   */
  startExchange(own: ImageSums | null): PendingSums {
    if (own === null || this.group.size === 1) return { early: own, finish: () => own };
    const { loss, top1, top5, images } = own;
    const flags = [this.#stop.isRequested, this.#checkpoints.isDue()].map(Number);
    const finishSums = startSumOfNumbers(this.group, [loss, top1, top5, images, ...flags]);
    const finishAverage = this.#average.start();
    return {
      early: null,
      finish: () => {
        const [allLoss = 0, allTop1 = 0, allTop5 = 0, allImages = 0, stops = 0, dues = 0] = finishSums();
        finishAverage();
        this.#isStopAgreed = stops > 0;
        this.#isCheckpointAgreed = dues > 0;
        return { loss: allLoss, top1: allTop1, top5: allTop5, images: allImages };
      },
    };
  }

  /** Averages evaluation's statistics over the ranks, where each took them of its own images. */
  averageBuffers(): void {
    this.#evaluationAverage.start()();
  }

  /**
   * Runs the backward pass of a loss, seeded with `seed`, and leaves the sums of all ranks' gradients; returns what was
   * sent when.
   */
  backward(loss: Tensor, seed: Tensor): ReductionTimeline | null {
    this.#reduction.begin();
    loss.backward(seed);
    const timeline = this.#reduction.finish();
    if (timeline !== null) this.#communication = addCommunication(this.#communication, timeline);
    return timeline;
  }

  /** What gradients cost since this was last called; `null` in a group of one, which sends none. */
  takeCommunication(): Communication | null {
    const taken = this.#communication;
    this.#communication = noCommunication(this.group.size);
    return this.group.size === 1 ? null : taken;
  }

  /** Leaves the network's backward passes as they were. */
  close(): void {
    this.#reduction.close();
  }
}
