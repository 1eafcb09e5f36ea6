import cliProgress from "cli-progress";
import type { Progress } from "../../run/logger.js";
import { type ProgressContext, progressLine } from "./progress-line.js";
import { isLive, widthOf } from "./style.js";

/** Shows the progress of a training epoch or validation. `clear` makes room for a line of other output. */
export interface ProgressDisplay {
  update(progress: Progress): void;
  clear(): void;
}

/** Seconds between two plain lines, so that a log of a long run stays short. */
const PLAIN_LINE_SECONDS = 10;
/** Room for everything but a bar. */
const PLAIN_WIDTH = 110;

/** How much is shown of an epoch's progress. */
export interface ProgressOptions {
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

/** On a terminal a live bar, unless `quiet`; elsewhere nothing, or with `verbose` occasional lines. */
export function progressDisplay(
  { quiet = false, verbose = false }: ProgressOptions,
  output: NodeJS.WriteStream,
  context: () => ProgressContext,
): ProgressDisplay {
  if (!quiet && isLive(output)) return liveBar(output, context);
  return !quiet && verbose ? plainLines(output, context) : { update: () => undefined, clear: () => undefined };
}

/** The terminal's command to erase everything from the cursor on. */
const ERASE_BELOW = "\x1b[J";

function liveBar(output: NodeJS.WriteStream, context: () => ProgressContext): ProgressDisplay {
  const bar = new cliProgress.SingleBar({
    stream: output,
    // The width as it is now: a terminal may have been resized. Its last column stays free, or the bar is cut.
    format: (_, __, { progress }: { progress: Progress }) => progressLine(progress, context(), widthOf(output) - 1),
    hideCursor: true,
    clearOnComplete: true,
    stopOnComplete: false,
    linewrap: false,
    fps: 8,
  });
  let isShown = false;
  return {
    update(progress) {
      // A resumed epoch does not begin with its first batch.
      if (progress.batch === 1 || !isShown) bar.start(progress.batches, progress.batch, { progress });
      else bar.update(progress.batch, { progress });
      isShown = progress.batch < progress.batches;
      if (!isShown) bar.stop();
    },
    clear: () => {
      // Stopping draws the bar once more, which would follow later output.
      if (!isShown) return;
      bar.stop();
      isShown = false;
      // The answer to a signal may have moved the bar down.
      output.write(ERASE_BELOW);
    },
  };
}

function plainLines(output: NodeJS.WriteStream, context: () => ProgressContext): ProgressDisplay {
  let shownSeconds = 0;
  return {
    update(progress) {
      if (progress.seconds < shownSeconds) shownSeconds = 0;
      const last = progress.batch === progress.batches;
      if (!last && progress.seconds - shownSeconds < PLAIN_LINE_SECONDS) return;
      shownSeconds = progress.seconds;
      output.write(`${progressLine(progress, context(), PLAIN_WIDTH)}\n`);
    },
    clear: () => undefined,
  };
}

/** Shows the progress of a download: a bar on a terminal, nothing elsewhere. */
export function downloadProgress(output: NodeJS.WriteStream): {
  update(bytes: number, totalBytes: number | undefined): void;
  clear(): void;
} {
  if (!isLive(output)) return { update: () => undefined, clear: () => undefined };
  const bar = new cliProgress.SingleBar({
    stream: output,
    format: "download {bar} {percentage}%  {megabytes} MB",
    barsize: 24,
    barCompleteChar: "█",
    barIncompleteChar: "░",
    hideCursor: true,
    clearOnComplete: true,
    fps: 8,
  });
  let isShown = false;
  return {
    update(bytes, totalBytes = bytes) {
      const payload = { megabytes: (bytes / 1e6).toFixed(1) };
      if (isShown) bar.update(bytes, payload);
      else bar.start(totalBytes, bytes, payload);
      isShown = true;
    },
    clear: () => bar.stop(),
  };
}
