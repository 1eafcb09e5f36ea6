import { basename } from "node:path";
import { builtInNames } from "../../config/built-in-json.js";
import type { RunConfig } from "../../run/config.js";
import { recordedSettings } from "../../run/recorded-settings.js";
import { type ConfigFlags, configFlags } from "../recipe-flags.js";
import { bitsText } from "../run-description.js";
import { namedTransforms } from "../transforms-name.js";
import { valueSetNameAnyOrder } from "../value-set-name.js";

/** Value sets that are named by their bits: ±1 and powers of two. */
const NAMED_BY_BITS = new Set(["1b", "po2-2b", "po2-3b", "po2-4b"]);

/**
 * Names runs that differ in their seed only: `cifar10-resnet20-2bit-resnet20-200`, data set, network, weights and
 * recipe, then every non-default setting. Letters, digits, dots, dashes and underscores only.
 * @throws InputError for a configuration without training settings
 */
export function settingsName(config: RunConfig, source: string): string {
  const { settings } = config;
  const { transforms, teacher, lengthened } = recordedSettings(config, source);
  const keys = ["limitBatches", "precision", "activationBits", "processes", "valSplit", "bnCalibration"];
  const [limit, precision, bits, processes, heldOut, calibration] = keys.map((key) => settings.get(key));
  const usual = config.dataset === "imagenet" || config.dataset === "folder" ? "imagenet" : null;
  const transformName = transforms && (namedTransforms(transforms) ?? basename(transforms.file, ".json"));
  const parts = [
    config.dataset,
    config.arch,
    weightsName(config, source),
    isNumber(bits) ? `a${bits}` : "",
    config.soft ? "soft" : "",
    config.ownOptimizer?.name ?? "",
    config.ownLoss?.name ?? "",
    recipeName(config, source),
    transformName !== null && transformName !== usual ? transformName : "",
    isNumber(limit) ? `limit${limit}` : "",
    isNumber(heldOut) ? `split${heldOut}` : "",
    teacher === null ? "" : `teacher-t${settings.get("teacherTemperature")}-w${settings.get("teacherWeight")}`,
    settings.get("stateBn") === true ? "statebn" : "",
    isNumber(calibration) && calibration > 0 ? `calibration${calibration}` : "",
    typeof precision === "string" && precision !== "float32" ? precision : "",
    isNumber(processes) && processes > 1 ? `${processes}processes` : "",
    ...lengthened.flatMap(({ changesSchedule, from }) => (changesSchedule ? [`from${from}`] : [])),
  ];
  return parts
    .filter((part) => part !== "")
    .join("-")
    .replace(/[^\w.-]+/g, "-")
    .replace(/^[.-]+/, "");
}

/** The name of a run's published folder. */
export function publishedName(config: RunConfig, source: string): string {
  return `${settingsName(config, source)}-seed${config.seed}`;
}

/** Whether a text has the form of `publishedName`: the end is the same for all settings. */
export function isPublishedName(text: string): boolean {
  return /^[\w.-]+-seed\d+$/.test(text);
}

/**
 * A recipe for people: a built-in name with the flags that override or extend it for float and searched weights alike,
 * or the name of a file that is not built in.
 */
export function recipeText(config: RunConfig, source: string): string {
  const { recipe, recipeFile, stage, loadModelState } = recordedSettings(config, source);
  const spoken = configFlags(recipe, recipeFile, config.search !== null);
  const calibration = config.settings.get("bnCalibration");
  return [
    ...(spoken === null ? [`${basename(recipeFile, ".json")}.json`] : [spoken.name, ...spoken.flags.flat()]),
    ...(isNumber(calibration) && calibration > 0 ? ["--bn-calibration", calibration] : []),
    // A stage of a progressive search that starts from a model is the same recipe.
    ...(loadModelState !== null && stage === null ? ["--load-model-state", loadModelState] : []),
  ].join(" ");
}

function recipeName(config: RunConfig, source: string): string {
  const { recipe, recipeFile } = recordedSettings(config, source);
  const spoken = configFlags(recipe, recipeFile, config.search !== null);
  if (spoken !== null) return [spoken.name, ...flagNames(spoken)].join("-");
  const name = basename(recipeFile, ".json");
  return builtInNames("training").includes(name) ? `${name}-changed` : name;
}

/** `--batch-size 64` as `batch64`, `--set momentum=0.8` as `momentum0.8`. */
function flagNames({ flags }: ConfigFlags): string[] {
  return flags.map(([flag, value]) =>
    flag === "--set"
      ? String(value).replace("optim.options.", "").replace("=", "")
      : `${flag.replace(/^--/, "").replace(/-.*/, "")}${value}`,
  );
}

function weightsName(config: RunConfig, source: string): string {
  const { search } = config;
  const { stage, loadModelState } = recordedSettings(config, source);
  // A stage after the first always starts from the previous one.
  const start = loadModelState !== null && (stage ?? 0) === 0 ? "pretrained" : "";
  if (search === null) return ["float", start].filter(Boolean).join("-");
  const known = valueSetNameAnyOrder(search.values);
  const bits = bitsText(search).replace(/ bits?$/, "bit");
  const set =
    stage !== null
      ? `${bits}-stage${stage}`
      : known === null
        ? `${search.values.length}values`
        : NAMED_BY_BITS.has(known)
          ? bits
          : known;
  const layers = [search.firstLayer ? "first" : "", search.lastLayer ? "last" : ""].filter(Boolean).join("-");
  return [set, layers, start].filter(Boolean).join("-");
}

function isNumber(value: unknown): value is number {
  return typeof value === "number";
}
