import type { Progress } from "../../run/logger.js";
import { durationText, lossText, percent } from "../../text/format.js";
import { fit, GAP, lineWidth } from "./fit.js";

const MIN_BAR = 8;
const MAX_BAR = 30;

/** What a line of progress shows besides the batch. */
export interface ProgressContext {
  readonly epochs: number;
  /** Seconds of an epoch, training and validation, as those before took; `null` in the first one. */
  readonly epochSeconds: number | null;
}

/**
 * One line of a training epoch's or a validation's progress that fits `width` characters, from 40 on: parts are left out,
 * the least important first, and the bar has what room is left.
 */
export function progressLine(progress: Progress, context: ProgressContext, width: number): string {
  const { pass, epoch, batch, batches, images, seconds, running } = progress;
  const left = (seconds / batch) * (batches - batch);
  const all = [
    { text: `${pass} ${epoch}/${context.epochs}`, rank: 0 },
    { text: `${batch}/${batches}`, rank: 0 },
    { text: `${(images / Math.max(seconds, 1e-9)).toFixed(0)} images/s`, rank: 4 },
    { text: `${durationText(seconds)} gone`, rank: 5 },
    { text: `${durationText(left)} left`, rank: 1 },
    { text: `run ${durationText(left + laterSeconds(progress, context))} left`, rank: 3 },
    { text: `loss ${lossText(running.loss)}`, rank: 2 },
    { text: `top-1 ${percent(running.top1)}`, rank: 6 },
  ].map((part) => ({ ...part, width: part.text.length }));
  const parts = fit(all, width);
  const [title = "", ...others] = parts.map(({ text }) => text);
  const room = Math.min(MAX_BAR, width - lineWidth(parts) - GAP.length);
  const bar = room < MIN_BAR ? [] : [barOf(batch / batches, room)];
  return [title, ...bar, ...others].join(GAP);
}

/** Seconds of what follows this pass, by what was seen so far. */
function laterSeconds(
  { pass, epoch, batches, batch, seconds }: Progress,
  { epochs, epochSeconds }: ProgressContext,
): number {
  const whole = (seconds / batch) * batches;
  const perEpoch = epochSeconds ?? whole;
  const restOfEpoch = pass === "train" ? Math.max(0, perEpoch - whole) : 0;
  return restOfEpoch + perEpoch * (epochs - epoch);
}

function barOf(share: number, length: number): string {
  const done = Math.round(share * length);
  return "█".repeat(done) + "░".repeat(length - done);
}
