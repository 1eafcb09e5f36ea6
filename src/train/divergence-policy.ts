import type { Module } from "../nn/module.js";
import type { Optimizer } from "../optim/optimizer.js";
import type { BatchPlace, RunProgress } from "../run/progress.js";
import { BufferCopy, DivergedError, gradientNorm, layerNorms, type OnNan } from "./divergence.js";

/** This many skipped steps in a row are no accident: the network itself has become unusable. */
export const MAX_SKIPPED_IN_A_ROW = 10;

/** Maximum number of rollbacks of a run. */
export const MAX_ROLLBACKS = 10;

/** What is to be done with a step, and the loss that decided. */
export interface Verdict {
  readonly isRejected: boolean;
  /** NaN for a gradient that is not finite. */
  readonly loss: number;
}

/** Puts network and optimizer back to the last checkpoint, and returns where that was. */
export interface GoesBack {
  goBack(because: DivergedError): RunProgress;
}

/**
 * What happens to a training loss that is NaN or infinite: it ends the run (`stop`); or no step is taken with its batch
 * (`skip`); or the run returns to its last checkpoint and skips that batch (`rollback`).
 */
export class DivergencePolicy {
  readonly #onNan: OnNan;
  readonly #network: Module;
  readonly #optimizer: Optimizer;
  /** Buffers to put back where no step is taken; `null`: the run ends then. */
  readonly #buffers: BufferCopy | null;
  /** Whether a loss may be of an earlier batch than the one it was read after. */
  readonly #isDelayed: boolean;
  #skippedInARow = 0;

  constructor(
    onNan: OnNan,
    { network, optimizer }: { readonly network: Module; readonly optimizer: Optimizer },
    isDelayed: boolean,
  ) {
    this.#onNan = onNan;
    this.#network = network;
    this.#optimizer = optimizer;
    this.#buffers = onNan === "skip" ? new BufferCopy(network) : null;
    this.#isDelayed = isDelayed;
  }

  /** Whether no step is to be taken with a batch, since it led to a loss that is not finite before. */
  isLeftOut({ leftOut }: RunProgress, { epoch, batch }: BatchPlace): boolean {
    return leftOut.some((place) => place.epoch === epoch && place.batch === batch);
  }

  /** Keeps what a step may have to undo. */
  beforeStep(): void {
    this.#buffers?.take();
  }

  /**
   * Decides, after the backward pass, whether a step is taken; `null` is a loss that a device keeps. Undoes what a
   * rejected step moved.
   */
  judge(loss: number | null): Verdict {
    const isLossFinite = loss === null || Number.isFinite(loss);
    const isGradientFinite = this.#buffers === null || Number.isFinite(gradientNorm(this.#network));
    if (isLossFinite && isGradientFinite) return { isRejected: false, loss: loss ?? 0 };
    if (!isGradientFinite) this.#optimizer.clearGradients();
    this.#buffers?.restore();
    return { isRejected: true, loss: isLossFinite ? Number.NaN : loss };
  }

  /**
   * Looks at the loss that a step returned; `null` is none that is known.
   * @throws DivergedError if it is not finite and the policy does not continue
   */
  check(place: BatchPlace & { readonly batches: number }, loss: number | null): void {
    if (loss === null || Number.isFinite(loss)) {
      this.#skippedInARow = 0;
      return;
    }
    if (this.#buffers === null) throw this.#diverged(place, `the training loss is ${loss}`);
    this.#skippedInARow += 1;
    if (this.#skippedInARow < MAX_SKIPPED_IN_A_ROW) return;
    throw this.#diverged(place, `loss or gradient of ${this.#skippedInARow} batches in a row is not finite`);
  }

  /**
   * Where a run that diverged continues: at its last checkpoint, without the batch. Throws `error` where the policy has
   * no such way.
   */
  recover(error: unknown, progress: RunProgress, checkpoints: GoesBack): RunProgress {
    if (!(error instanceof DivergedError) || this.#onNan !== "rollback") throw error;
    const { message, place, layers } = error;
    if (progress.leftOut.length >= MAX_ROLLBACKS) {
      throw new DivergedError(`${message} (went back ${MAX_ROLLBACKS} times before)`, place, layers);
    }
    // The checkpoint may be from before a batch was left out.
    return { ...checkpoints.goBack(error), leftOut: [...progress.leftOut, place] };
  }

  release(): void {
    this.#buffers?.release();
  }

  #diverged({ epoch, batch, batches }: BatchPlace & { readonly batches: number }, what: string): DivergedError {
    const when = this.#isDelayed ? `batch ${batch + 1} or before` : `batch ${batch + 1}`;
    return new DivergedError(
      `epoch ${epoch + 1}, ${when} (step ${epoch * batches + batch + 1}): ${what}; a smaller init_lr or temperature annealing may help`,
      { epoch, batch },
      layerNorms(this.#network),
    );
  }
}
