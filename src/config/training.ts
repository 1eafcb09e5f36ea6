import { readJsonFile } from "../formats/json-file.js";
import { type Note, resolveJson } from "./built-in-json.js";
import { keyError } from "./key-error.js";
import { checkedFields, jsonNames, readJsonKeys, writeJsonKeys } from "./key-table.js";
import { LOGIT_KEYS, NORM_KEYS, OPTIM_KEYS } from "./optim-keys.js";
import { TRAINING_KEYS, type TrainingConfig } from "./training-keys.js";

const OPTIM = "optim";
const NORMS = "norms";
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
  const config = { ...values, optim: parseOptim(fields.get(OPTIM), values, source) };
  if (config.lrScheduler === "Step" && !fields.has(TRAINING_KEYS.milestones.json)) {
    const expected = `${TRAINING_KEYS.milestones.kind.expected}, since lr_scheduler is "Step"`;
    throw keyError(source, "milestones", expected, undefined);
  }
  checkTogether(config, source);
  return config;
}

/** What `optim` says; what its groups omit is as for all parameters. */
function parseOptim(optim: unknown, all: Readonly<Record<string, unknown>>, source: string): TrainingConfig["optim"] {
  const place = { source, prefix: `${OPTIM}.` };
  const known = [...jsonNames(OPTIM_KEYS), NORMS, LOGITS];
  const fields = optim === undefined ? new Map<string, unknown>() : checkedFields(optim, known, place);
  const group = <Keys extends typeof NORM_KEYS | typeof LOGIT_KEYS>(name: string, keys: Keys) => {
    const groupPlace = { source, prefix: `${OPTIM}.${name}.` };
    const given = fields.get(name);
    const groupFields = given === undefined ? new Map() : checkedFields(given, jsonNames(keys), groupPlace);
    return readJsonKeys(keys, groupFields, groupPlace, all);
  };
  const config = {
    ...readJsonKeys(OPTIM_KEYS, new Map([...fields].filter(([name]) => name !== NORMS && name !== LOGITS)), place),
    norms: group(NORMS, NORM_KEYS),
    logits: group(LOGITS, LOGIT_KEYS),
  };
  if (config.nesterov && config.name !== "sgd") {
    throw keyError(source, "optim.nesterov", `none, since optim.name is ${JSON.stringify(config.name)}`, true);
  }
  return config;
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

/** A rate that moves after epochs warms up in whole ones. That it does not grow past the end is checked with the schedule, after overrides. */
function checkWarmup({ warmupEpochs, lrStep }: TrainingConfig, source: string): void {
  if (lrStep === "batch" || Number.isInteger(warmupEpochs)) return;
  throw keyError(source, "warmup_epochs", 'a whole number, since lr_step is "epoch"', warmupEpochs);
}

/** Reads and checks the training JSON at `path`. Throws InputError as `parseTrainingConfig` does. */
export function loadTrainingConfig(path: string): TrainingConfig {
  return parseTrainingConfig(readJsonFile(path), path);
}

/** A training config as a training JSON, nothing left to defaults: `parseTrainingConfig` reads the same config from it. */
export function trainingJson({ optim, ...values }: TrainingConfig): Readonly<Record<string, unknown>> {
  const { norms, logits, ...rest } = optim;
  return {
    ...writeJsonKeys(TRAINING_KEYS, values),
    [OPTIM]: {
      ...writeJsonKeys(OPTIM_KEYS, rest),
      [NORMS]: writeJsonKeys(NORM_KEYS, norms),
      [LOGITS]: writeJsonKeys(LOGIT_KEYS, logits),
    },
  };
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
