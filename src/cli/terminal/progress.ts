import cliProgress from "cli-progress";
import type { Progress } from "../../run/logger.js";
import { percent } from "../../text/format.js";

/** Shows the progress of a training epoch or validation. `clear` makes room for a line of other output. */
export interface ProgressDisplay {
  update(progress: Progress): void;
  clear(): void;
}

/** Seconds between two plain lines, so that a log of a long run stays short. */
const PLAIN_LINE_SECONDS = 10;

/** For `--verbose`: a live bar on a terminal, occasional lines elsewhere. */
export function progressDisplay(verbose: boolean, output: NodeJS.WriteStream, epochs: () => number): ProgressDisplay {
  if (!verbose) return { update: () => undefined, clear: () => undefined };
  return output.isTTY ? liveBar(output, epochs) : plainLines(output, epochs);
}

/** The terminal's command to erase everything from the cursor on. */
const ERASE_BELOW = "\x1b[J";

function status({ images, seconds, running, batch, batches }: Progress): string {
  const remaining = (seconds / batch) * (batches - batch);
  return (
    `${(images / seconds).toFixed(0)} images/s  ETA ${remaining.toFixed(0)} s  ` +
    `loss ${running.loss.toFixed(4)}  top-1 ${percent(running.top1)}`
  );
}

function title({ pass, epoch }: Progress, epochs: number): string {
  return `${pass.padEnd(5)} ${epoch}/${epochs}`;
}

function liveBar(output: NodeJS.WriteStream, epochs: () => number): ProgressDisplay {
  const bar = new cliProgress.SingleBar({
    stream: output,
    format: "{title} {bar} {percentage}%  {status}",
    barsize: 24,
    barCompleteChar: "█",
    barIncompleteChar: "░",
    hideCursor: true,
    clearOnComplete: true,
    stopOnComplete: false,
    linewrap: false,
    fps: 8,
  });
  let isShown = false;
  return {
    update(progress) {
      const payload = { title: title(progress, epochs()), status: status(progress) };
      // A resumed epoch does not begin with its first batch.
      if (progress.batch === 1 || !isShown) bar.start(progress.batches, progress.batch, payload);
      else bar.update(progress.batch, payload);
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

function plainLines(output: NodeJS.WriteStream, epochs: () => number): ProgressDisplay {
  let shownSeconds = 0;
  return {
    update(progress) {
      if (progress.seconds < shownSeconds) shownSeconds = 0;
      const last = progress.batch === progress.batches;
      if (!last && progress.seconds - shownSeconds < PLAIN_LINE_SECONDS) return;
      shownSeconds = progress.seconds;
      output.write(`${title(progress, epochs())}  batch ${progress.batch}/${progress.batches}  ${status(progress)}\n`);
    },
    clear: () => undefined,
  };
}

/** Shows the progress of a download: a bar on a terminal, nothing elsewhere. */
export function downloadProgress(output: NodeJS.WriteStream): {
  update(bytes: number, totalBytes: number | undefined): void;
  clear(): void;
} {
  if (!output.isTTY) return { update: () => undefined, clear: () => undefined };
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
