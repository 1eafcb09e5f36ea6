import { join } from "node:path";
import { labelRuns } from "../report/run-labels.js";
import { RUN_FILES } from "../run/directory.js";
import type { RunRecord } from "../run/read-run.js";
import { stageValues } from "../search/progressive-stages.js";
import { InputError } from "../text/errors.js";
import { type EpochHealth, renderHealth } from "./health.js";
import type { Theme } from "./theme.js";

/**
 * Draws the search statistics of a run over its epochs as an SVG.
 * @throws InputError for several runs, and for one without a search, without such records, or with records that do not
 *   fit its values
 */
export function healthFigure(runs: readonly RunRecord[], title: string | undefined, theme: Theme): string {
  const [run, ...others] = runs;
  if (run === undefined || others.length > 0) {
    throw new InputError(`option --health: expected one run, received ${runs.length}`);
  }
  const values = searchedValues(run);
  const epochs = run.epochs.flatMap(({ epoch, health }): EpochHealth[] =>
    health === undefined || health.length === 0 ? [] : [{ epoch, health }],
  );
  if (epochs.length === 0) {
    throw new InputError(`${run.path}: expected epochs that tell of the search's health, found none`);
  }
  for (const { epoch, health } of epochs) {
    const odd = health.find(({ histogram }) => histogram.length !== values.length);
    if (odd === undefined) continue;
    throw new InputError(
      `${join(run.path, RUN_FILES.metrics)}: epoch ${epoch}: ${odd.layer}: histogram: expected a share for each of ` +
        `${values.length} values, found ${odd.histogram.length}`,
    );
  }
  const { title: shared, subtitle, labels } = labelRuns(runs);
  return renderHealth(epochs, {
    title: title ?? `${shared}, ${labels[0]}`,
    subtitle,
    values,
    areFactors: isRefining(run),
    theme,
  });
}

/** The values that the logits choose among: the value set, or the factors of a later stage. */
function searchedValues(run: RunRecord): readonly number[] {
  const search = run.config?.search ?? null;
  if (search === null) {
    const found = run.config === null ? "one of which only result.csv is known" : "one of float weights";
    throw new InputError(`${run.path}: option --health: expected a run that searched weights, found ${found}`);
  }
  return isRefining(run) ? stageValues(1) : search.values;
}

function isRefining({ config }: RunRecord): boolean {
  const stage = config?.settings.get("stage");
  return typeof stage === "number" && stage >= 1;
}
