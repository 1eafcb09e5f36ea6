import type { Logger, Progress, RunEnd, RunStart } from "../../run/logger.js";
import type { EpochMetrics } from "../../run/metrics-jsonl.js";
import { progressText } from "../../run/progress.js";
import { epochLine, passText, skippedLine, skippedStepsLine } from "./epoch-line.js";
import { type ProgressDisplay, progressDisplay } from "./progress.js";
import { closing, headline } from "./run-text.js";

/** Prints a run's headline, one line per epoch and the results; optionally with a progress display. */
export class TerminalLogger implements Logger {
  readonly #output: NodeJS.WriteStream;
  readonly #display: ProgressDisplay;
  #run: RunStart | null = null;

  constructor(output: NodeJS.WriteStream, verbose: boolean) {
    this.#output = output;
    this.#display = progressDisplay(verbose, output, () => this.#run?.settings.recipe.epochs ?? 0);
  }

  start(run: RunStart): void {
    this.clear();
    this.#run = run;
    for (const line of [headline(run), ...beginningLines(run)]) this.#print(line);
  }

  step(progress: Progress): void {
    this.#display.update(progress);
  }

  epoch(metrics: EpochMetrics): void {
    if (this.#run === null) return;
    const { settings, classNames } = this.#run;
    const { recipe, search } = settings;
    this.#print(epochLine(metrics, { epochs: recipe.epochs, searched: search !== null, classes: classNames.length }));
    if (metrics.skippedImages > 0) this.#print(skippedLine(metrics.skippedImages));
    if (metrics.skippedSteps > 0) this.#print(skippedStepsLine(metrics.skippedSteps));
  }

  end({ outcome, epochs, packed }: RunEnd): void {
    this.clear();
    if (this.#run === null || outcome === "stopped") return;
    for (const line of closing(this.#run, epochs, packed)) this.#print(line);
  }

  /** Removes the progress display, to make room for other output. */
  clear(): void {
    this.#display.clear();
  }

  #print(line: string): void {
    this.#output.write(`${line}\n`);
  }
}

function beginningLines(run: RunStart): string[] {
  const { settings, directory, isResumed, epochs, batch, loaded, before, classNames } = run;
  if (!isResumed) {
    return before === null ? [] : [...loaded, `before training: val ${passText(before, classNames.length)}`];
  }
  if (epochs.length >= settings.recipe.epochs) return [`${directory} was finished before`];
  return [`resuming ${directory} from ${progressText({ epochs, batch })}`];
}
