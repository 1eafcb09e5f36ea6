import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { settingText } from "../../src/report/results/setting-text.js";
import { trainArguments } from "../../src/report/train-command.js";
import type { RunConfig } from "../../src/run/config.js";
import { RUN_FILES } from "../../src/run/directory.js";
import { configPath, type RunRecord, realRunPath } from "../../src/run/read-run.js";
import { type ResultRow, readResults } from "../../src/run/result-csv.js";
import { largestDifference, rowDifferences } from "./compare-rows.js";
import { firstEpoch } from "./first-epoch.js";

/** What came of a rerun. */
export interface Outcome {
  readonly status: "same" | "differs" | "not compared";
  /** For a person, without the run's name. */
  readonly text: string;
}

/** A run that can be trained again. */
export interface Rerun {
  readonly config: RunConfig;
  readonly committed: ResultRow;
  /** What `weight-search` is given. */
  readonly args: readonly string[];
}

/**
 * What a published run's first epoch is trained again by, or why it is not. Throws InputError for files that are none
 * of a run's.
 */
export function prepareRerun(run: RunRecord, data: string): Rerun | Outcome {
  const { config, path } = run;
  if (config === null) return { status: "not compared", text: `it has no ${RUN_FILES.config}` };
  const folder = realRunPath(path);
  const results = join(folder, RUN_FILES.result);
  const [committed] = existsSync(results) ? readResults(results) : [];
  if (committed === undefined) return { status: "not compared", text: "its first epoch is not over" };
  const args = trainArguments(config, configPath(run), { data, run: folder });
  const model = ["--load-model-state", "--teacher"]
    .map((flag) => argumentAfter(flag, args))
    .find((path) => path !== null && !existsSync(join(path, RUN_FILES.model)));
  if (model != null) {
    return { status: "not compared", text: `it is trained from a model that is not published, ${basename(model)}` };
  }
  return { config, committed, args };
}

/** Trains a published run's first epoch again and compares its row of `result.csv`. */
export async function rerun({ config, committed, args }: Rerun): Promise<Outcome> {
  try {
    const { row, config: rerunConfig } = await firstEpoch(args);
    const [before, now] = [config, rerunConfig].map((each) => settingText(each.settings, "data", "sha256"));
    if (before !== "unknown" && before !== now)
      return { status: "differs", text: "the data are others than the run's" };
    const differences = rowDifferences(committed, row);
    if (differences.length > 0)
      return { status: "differs", text: differences.join("; ") + options(config, rerunConfig) };
    const { column, difference } = largestDifference(committed, row);
    return {
      status: "same",
      text: difference === 0 ? "to the bit" : `within ${difference.toExponential(1)} (${column})`,
    };
  } catch (error) {
    return { status: "differs", text: error instanceof Error ? error.message : String(error) };
  }
}

function argumentAfter(flag: string, args: readonly string[]): string | null {
  const index = args.indexOf(flag);
  return index < 0 ? null : (args[index + 1] ?? null);
}

/** What rounds otherwise here than where the run was trained. */
function options(before: RunConfig, now: RunConfig): string {
  const of = ({ settings }: RunConfig) => [
    settingText(settings, "machine", "cpu"),
    `kernels ${settingText(settings, "versions", "kernels")}`,
    `LibTorch ${settingText(settings, "versions", "libtorch")}`,
    `threads ${settingText(settings, "threads")}`,
  ];
  const [then, here] = [of(before), of(now)];
  const others = then.flatMap((text, index) => (text === here[index] ? [] : [`${text}, here ${here[index]}`]));
  return others.length === 0
    ? " (same processor, kernels, LibTorch and threads)"
    : ` (trained on ${others.join("; ")})`;
}
