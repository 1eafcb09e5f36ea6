import { readJsonFile } from "../formats/json-file.js";
import { type Note, resolveJson } from "./built-in-json.js";
import { keyError } from "./key-error.js";
import { checkedFields, jsonNames, readJsonKeys, writeJsonKeys } from "./key-table.js";
import { LOGIT_KEYS, TRAINING_KEYS, type TrainingConfig } from "./training-keys.js";

const OPTIM = "optim";
const LOGITS = "logits";

/**
 * Checks a training JSON, in the keys of the original program, and fills in its defaults.
 *
 * @param source The file the JSON came from, named in every error.
 * @throws InputError naming the file, the key, what was expected and what was found.
 */
export function parseTrainingConfig(json: unknown, source: string): TrainingConfig {
  const place = { source, prefix: "" };
  const fields = checkedFields(json, [...jsonNames(TRAINING_KEYS), OPTIM], place);
  const values = readJsonKeys(TRAINING_KEYS, fields, place);
  const config = { ...values, optim: { logits: parseLogits(fields.get(OPTIM), values, source) } };
  if (config.lrScheduler === "Step" && !fields.has(TRAINING_KEYS.milestones.json)) {
    const expected = `${TRAINING_KEYS.milestones.kind.expected}, since lr_scheduler is "Step"`;
    throw keyError(source, "milestones", expected, undefined);
  }
  checkTogether(config, source);
  return config;
}

/** What `optim.logits` says; what it omits is as for all parameters. */
function parseLogits(
  optim: unknown,
  all: Readonly<Record<string, unknown>>,
  source: string,
): TrainingConfig["optim"]["logits"] {
  const place = { source, prefix: `${OPTIM}.${LOGITS}.` };
  if (optim === undefined) return readJsonKeys(LOGIT_KEYS, new Map(), place, all);
  const logits = checkedFields(optim, [LOGITS], { source, prefix: `${OPTIM}.` }).get(LOGITS);
  if (logits === undefined) throw keyError(source, `${OPTIM}.${LOGITS}`, "an object", undefined);
  return readJsonKeys(LOGIT_KEYS, checkedFields(logits, jsonNames(LOGIT_KEYS), place), place, all);
}

/** Checks keys against each other. Throws InputError. */
function checkTogether(config: TrainingConfig, source: string): void {
  if (config.etaMin > config.initLr) {
    throw keyError(source, "eta_min", `at most init_lr (${config.initLr})`, config.etaMin);
  }
  checkTemperature(config, source);
  checkWarmup(config, source);
}

/** Annealing takes its rate either from where it ends or from `temp_anneal_rate`, and ends after it began. */
function checkTemperature(config: TrainingConfig, source: string): void {
  const { temperatureAnnealBegin: begin, temperatureAnnealEnd: end, temperatureFinal: final } = config;
  if (end <= begin) throw keyError(source, "temp_anneal_end", `more than temp_anneal_begin (${begin})`, end);
  if (final === null) return;
  for (const name of ["temperatureAnnealRate", "temperatureAnnealStep"] as const) {
    if (config[name] === 1) continue;
    const { json } = TRAINING_KEYS[name];
    throw keyError(source, json, "none, or 1, since temp_final says where annealing ends", config[name]);
  }
  const { temperatureMin: min } = config;
  if (final < min) throw keyError(source, "temp_final", `at least temp_min (${min})`, final);
}

/** A rate that grows does so batch by batch. That it does not grow past the end is checked with the schedule, after overrides. */
function checkWarmup({ warmupEpochs, lrStep, lrScheduler }: TrainingConfig, source: string): void {
  if (warmupEpochs === 0) return;
  if (lrStep !== "batch") throw keyError(source, "lr_step", '"batch", since warmup_epochs is more than 0', lrStep);
  if (lrScheduler === "Step")
    throw keyError(source, "lr_scheduler", '"Cos", since warmup_epochs is more than 0', "Step");
}

/** Reads and checks the training JSON at `path`. Throws InputError as `parseTrainingConfig` does. */
export function loadTrainingConfig(path: string): TrainingConfig {
  return parseTrainingConfig(readJsonFile(path), path);
}

/** A training config as a training JSON, nothing left to defaults: `parseTrainingConfig` reads the same config from it. */
export function trainingJson({ optim, ...values }: TrainingConfig): Readonly<Record<string, unknown>> {
  return { ...writeJsonKeys(TRAINING_KEYS, values), [OPTIM]: { [LOGITS]: writeJsonKeys(LOGIT_KEYS, optim.logits) } };
}

/**
 * The path of the training JSON a user named: a built-in name of json/training (`resnet20-200`), or a path.
 * `note` receives how a path was understood that was read as a built-in name.
 *
 * @throws InputError when it is neither, with the nearest built-in name.
 */
export function resolveTrainingConfig(nameOrPath: string, note: Note): string {
  return resolveJson("training", nameOrPath, note);
}
