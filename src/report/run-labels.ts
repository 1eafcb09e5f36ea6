import type { RunConfig } from "../run/config.js";
import type { RunRecord } from "../run/read-run.js";
import { found } from "../text/describe.js";
import { heldOutText, weightsText } from "./run-description.js";

/** Names of runs in a figure: what they share in the titles, what differs in the labels. */
export interface RunLabels {
  readonly title: string;
  readonly subtitle: string;
  readonly labels: readonly string[];
}

/** Labels of the recipe's settings; others use their keys. */
const RECIPE_LABELS: Readonly<Record<string, string>> = {
  batchSize: "batch",
  initLr: "learning rate",
  weightDecay: "weight decay",
  initTemperature: "temperature",
};
/** Settings shown elsewhere, or determined by others. */
const OMITTED = new Set(["epochs", "firstTemperature", "firstNoiseScale"]);
/** Settings that are always shown; others only if runs differ in them. */
const IN_SUBTITLE = new Set(["activations", "draw", "valSplit", "epochs", "batchSize", "initLr", "seed"]);

/**
 * Titles and labels for runs in a figure. Weights are in every label; a run of the original program, of which nothing
 * else is known, is named by its directory, which also distinguishes otherwise identical runs.
 */
export function labelRuns(runs: readonly RunRecord[]): RunLabels {
  const known = runs.flatMap(({ config }) => (config === null ? [] : [settingTexts(config)]));
  const keys = [...new Set(known.flatMap((texts) => [...texts.keys()]))];
  const isShared = (key: string) => new Set(known.map((texts) => texts.get(key))).size === 1;
  const isAllKnown = known.length === runs.length;
  const inLabels = keys.filter(
    (key) => key === "weights" || !isShared(key) || (!isAllKnown && (key === "arch" || key === "dataset")),
  );
  const labels = runs.map(({ name, config }) => {
    if (config === null) return name;
    const texts = settingTexts(config);
    return inLabels
      .map((key) => texts.get(key))
      .filter(Boolean)
      .join(", ");
  });
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
  };
}

/** A run's settings as text, the most distinctive first. */
function settingTexts(config: RunConfig): Map<string, string> {
  const { arch, dataset, search, soft, seed, epochs, recipe, activationBits } = config;
  const recipeTexts = [...recipe]
    .filter(([key]) => !OMITTED.has(key))
    .map(([key, value]): [string, string] => [
      key,
      `${RECIPE_LABELS[key] ?? key} ${typeof value === "string" ? value : found(value)}`,
    ]);
  const limit = config.settings.get("limitBatches");
  return new Map([
    ["weights", weightsText(search)],
    ["activations", activationBits === null ? "" : `${activationBits}-bit activations`],
    ["draw", soft ? "soft" : ""],
    ["arch", arch],
    ["dataset", dataset],
    ["valSplit", heldOutText(config)],
    ["epochs", epochs === 1 ? "1 epoch" : `${epochs} epochs`],
    ...recipeTexts,
    ...(typeof limit === "number" ? ([["limitBatches", `${limit} batches a pass`]] as const) : []),
    ["seed", `seed ${seed}`],
  ]);
}
