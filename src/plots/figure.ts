import { labelRuns } from "../report/run-labels.js";
import { type RunRecord, readRun, realRunPath } from "../run/read-run.js";
import { InputError } from "../text/errors.js";
import { MAX_RUNS, type Metric, renderComparison } from "./compare.js";
import { runStyles } from "./run-styles.js";
import { healthFigure } from "./statistics-figure.js";
import type { Theme } from "./theme.js";

/** How runs are drawn. */
export interface FigureOptions {
  readonly metric: Metric;
  /** One run's search statistics in place of its curves. */
  readonly health?: boolean;
  readonly best?: boolean;
  readonly logLoss?: boolean;
  /** Learning rate and temperature too. */
  readonly schedule?: boolean;
  /** By default network and data set. */
  readonly title?: string;
  /** One per run; by default the settings that differ. */
  readonly labels?: readonly string[];
  readonly theme: Theme;
}

/**
 * Reads runs and draws them as a standalone SVG.
 * @throws InputError for a path that is not a run, for too many runs, and for the same run twice
 */
export function renderFigure(paths: readonly string[], options: FigureOptions): string {
  const runs = readRuns(paths);
  return options.health ? healthFigure(runs, options.title, options.theme) : comparison(runs, options);
}

/** Draws runs that were read. Throws RangeError unless they are 1 to 12. */
export function comparison(runs: readonly RunRecord[], options: FigureOptions): string {
  const { title, subtitle, labels, details } = labelRuns(runs);
  const styles = runStyles(runs);
  return renderComparison(
    runs.map(({ epochs, config }, index) => ({
      label: options.labels?.[index] ?? labels[index] ?? "",
      details: details[index] ?? "",
      style: styles[index] ?? { colour: 0, shape: "circle" },
      epochs,
      isSearch: config !== null && config.search !== null,
      plannedEpochs: config?.epochs ?? null,
    })),
    {
      title: options.title ?? title,
      subtitle,
      metric: options.metric,
      best: options.best ?? false,
      logLoss: options.logLoss ?? false,
      schedule: options.schedule ?? false,
      theme: options.theme,
    },
  );
}

function readRuns(paths: readonly string[]): RunRecord[] {
  if (paths.length > MAX_RUNS) {
    throw new InputError(`expected at most ${MAX_RUNS} runs in one figure, received ${paths.length}`);
  }
  const runs = paths.map((path) => readRun(path));
  const places = paths.map(realRunPath);
  const twice = places.findIndex((place, index) => places.indexOf(place) !== index);
  if (twice >= 0) throw new InputError(`${paths[twice]}: expected each run once, received it twice`);
  return runs;
}
