import { autocastBf16, type Precision } from "../tensor/precision.js";

/** How passes are computed on their device. Nothing here changes what is computed, but for rounding. */
export interface Execution {
  /** The kind of device on which forward passes and losses are in bfloat16, by autocast; `null`: nowhere. */
  readonly bf16On: "cpu" | "cuda" | null;
  /**
   * The device on which losses and hits are summed up, to be read now and then: it is never waited for in between. `null`
   * reads those of each step.
   */
  readonly sumsOn: string | null;
}

/** float32, and every step read: what the CPU does. */
export const STEP_BY_STEP: Execution = { bf16On: null, sumsOn: null };

/** The execution on a device: a CUDA device works through steps by itself, and rounds as `precision` says. */
export function executionOn(device: string, precision: Precision): Execution {
  if (!device.startsWith("cuda")) return STEP_BY_STEP;
  return { bf16On: precision === "bf16" ? "cuda" : null, sumsOn: device };
}

/** Runs a forward pass and its loss in the execution's precision. */
export function inPrecision<Result>({ bf16On }: Execution, forward: () => Result): Result {
  return bf16On === null ? forward() : autocastBf16(bf16On, forward);
}
