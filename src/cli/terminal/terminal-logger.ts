import { bestEpoch, median } from "../../run/best-epoch.js";
import type { Logger, Progress, RunEnd, RunStart } from "../../run/logger.js";
import type { EpochMetrics } from "../../run/metrics-jsonl.js";
import { progressText } from "../../run/progress.js";
import { wrapped } from "../../text/wrap.js";
import { passText, skippedLine, skippedStepsLine } from "./epoch-line.js";
import { type EpochTableOptions, epochRow, epochTitles } from "./epoch-table.js";
import { type ProgressDisplay, type ProgressOptions, progressDisplay } from "./progress.js";
import { closing, headline } from "./run-text.js";
import { type Style, styleOf, widthOf } from "./style.js";

/** Prints a run's headline, a table of its epochs and the results, fitted to the terminal; with a progress display. */
export class TerminalLogger implements Logger {
  readonly #output: NodeJS.WriteStream;
  readonly #display: ProgressDisplay;
  readonly #style: Style;
  #run: RunStart | null = null;
  #epochs: EpochMetrics[] = [];

  constructor(output: NodeJS.WriteStream, options: ProgressOptions) {
    this.#output = output;
    this.#style = styleOf(output);
    this.#display = progressDisplay(options, output, () => ({
      epochs: this.#run?.settings.recipe.epochs ?? 0,
      epochSeconds: median(this.#epochs.map(({ trainSeconds, valSeconds }) => trainSeconds + valSeconds)) ?? null,
    }));
  }

  start(run: RunStart): void {
    this.clear();
    this.#run = run;
    this.#epochs = [...run.epochs];
    for (const line of [headline(run), ...beginningLines(run)]) this.#print(line);
    if (run.epochs.length < run.settings.recipe.epochs) this.#printRow(epochTitles(this.#table(run)), this.#style.dim);
  }

  step(progress: Progress): void {
    this.#display.update(progress);
  }

  epoch(metrics: EpochMetrics): void {
    if (this.#run === null) return;
    this.#epochs.push(metrics);
    const isBest = bestEpoch(this.#epochs) === metrics;
    this.#printRow(epochRow(metrics, isBest, this.#table(this.#run)), isBest ? this.#style.bold : (text) => text);
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

  #table({ settings: { recipe, search }, classNames }: RunStart): EpochTableOptions {
    const hasNoise = recipe.initNoiseScale > 0 || recipe.firstNoiseScale > 0;
    const width = widthOf(this.#output);
    return { epochs: recipe.epochs, searched: search !== null, hasNoise, classes: classNames.length, width };
  }

  #printRow(row: string, style: (text: string) => string): void {
    this.#output.write(`${style(row)}\n`);
  }

  /** Whole where there is no terminal: other programs read it. */
  #print(line: string): void {
    const lines = this.#output.isTTY ? wrapped(line, widthOf(this.#output)) : [line];
    this.#output.write(`${lines.join("\n")}\n`);
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
