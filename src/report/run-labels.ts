import { basename } from "node:path";
import type { RunConfig } from "../run/config.js";
import type { RunRecord } from "../run/read-run.js";
import { heldOutText, weightsText } from "./run-description.js";
import { configTexts } from "./setting-labels.js";

/** Names of runs in a figure: what they share in the titles, what differs in the labels. */
export interface RunLabels {
  readonly title: string;
  readonly subtitle: string;
  readonly labels: readonly string[];
  /** All settings in which a run differs from others, the label's too. */
  readonly details: readonly string[];
}

/** Settings that are always shown; others only if runs differ in them. */
const IN_SUBTITLE = new Set(["activations", "draw", "valSplit", "epochs", "batchSize", "initLr", "seed"]);
/** Where runs differ in more settings than these besides their weights, labels have only those that distinguish them. */
const MAX_DIFFERENCES = 3;

/**
 * Titles and labels for runs in a figure. Weights are in every label; a run of the original program, of which nothing
 * else is known, is named by its directory, which also distinguishes otherwise identical runs. Labels are short: if runs
 * differ in many settings, each further one is left out that does not distinguish runs with the same label.
 */
export function labelRuns(runs: readonly RunRecord[]): RunLabels {
  const texts = runs.map(({ config }) => (config === null ? null : settingTexts(config)));
  const known = texts.filter((each) => each !== null);
  const keys = [...new Set(known.flatMap((each) => [...each.keys()]))];
  const isShared = (key: string) => new Set(known.map((each) => each.get(key) ?? "")).size === 1;
  const isAllKnown = known.length === runs.length;
  const differing = keys.filter(
    (key) => key !== "weights" && (!isShared(key) || (!isAllKnown && (key === "arch" || key === "dataset"))),
  );
  const joined = (chosen: readonly string[]) => (each: ReadonlyMap<string, string> | null, index: number) =>
    each === null
      ? (runs[index]?.name ?? "")
      : ["weights", ...chosen]
          .map((key) => each.get(key))
          .filter(Boolean)
          .join(", ");
  const chosen = differing.length > MAX_DIFFERENCES ? distinguishing(differing, known) : differing;
  const labels = texts.map(joined(chosen));
  const sharedText = (key: string) => (isAllKnown && isShared(key) ? (known[0]?.get(key) ?? "") : "");
  const title = [sharedText("arch"), sharedText("dataset")].filter(Boolean).join(" on ");
  return {
    title: title || "Training curves",
    subtitle: keys
      .filter((key) => IN_SUBTITLE.has(key))
      .map(sharedText)
      .filter(Boolean)
      .join(", "),
    labels: labels.map((label, index) =>
      labels.indexOf(label) === labels.lastIndexOf(label) ? label : `${label} (${runs[index]?.name})`,
    ),
    details: texts.map(joined(differing)),
  };
}

/** Of `keys`, in their order, those that distinguish runs which all before leave alike. */
function distinguishing(keys: readonly string[], runs: readonly ReadonlyMap<string, string>[]): string[] {
  const chosen: string[] = [];
  const numKinds = (of: readonly string[]) =>
    new Set(runs.map((texts) => JSON.stringify(["weights", ...of].map((key) => texts.get(key) ?? "")))).size;
  for (const key of keys) if (numKinds([...chosen, key]) > numKinds(chosen)) chosen.push(key);
  return chosen;
}

/** A run's settings as text, the most distinctive first. */
function settingTexts(config: RunConfig): Map<string, string> {
  const { arch, dataset, search, soft, seed, epochs, recipe, activationBits, settings } = config;
  const limit = settings.get("limitBatches");
  const named = (key: string, prefix: string): [string, string] => {
    const value = settings.get(key);
    return [key, typeof value === "string" && value !== "" ? prefix + basename(value, ".json") : ""];
  };
  return new Map([
    ["weights", weightsText(search)],
    ["activations", activationBits === null ? "" : `${activationBits}-bit activations`],
    ["draw", soft ? "soft" : ""],
    ["arch", arch],
    ["dataset", dataset],
    ["valSplit", heldOutText(config)],
    named("recipeFile", ""),
    named("loadModelState", "from "),
    named("teacher", "teacher "),
    ["epochs", epochs === 1 ? "1 epoch" : `${epochs} epochs`],
    ...configTexts(recipe),
    ["limitBatches", typeof limit === "number" ? `${limit} ${limit === 1 ? "batch" : "batches"} an epoch` : ""],
    ["seed", `seed ${seed}`],
  ]);
}
