import { basename } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { builtInNames } from "../config/built-in-json.js";
import {
  loadTrainingConfig,
  resolveTrainingConfig,
  type TrainingOverrides,
  withOverrides,
} from "../config/training.js";
import { OVERRIDES, type TRAINING_KEYS, type TrainingConfig } from "../config/training-keys.js";
import { flagName } from "../text/flag-name.js";

/** A training config as the flags of `train` express it: a name in json/training, and the flags that override some of it. */
export interface ConfigFlags {
  readonly name: string;
  /** Pairs of a flag and its value. */
  readonly flags: readonly (readonly [flag: string, value: unknown])[];
}

/**
 * The flags that give this training config; `null` where none do, since it comes from a file that is not built in.
 * @param file where it came from: a path, or a name in json/training
 * @param isSearched `--temperature` goes with a search only
 */
export function configFlags(config: TrainingConfig, file: string, isSearched: boolean): ConfigFlags | null {
  const name = basename(file, ".json");
  if (!builtInNames("training").includes(name)) return null;
  // What the built-in file of that name says decides, wherever this one came from.
  const builtIn = loadTrainingConfig(resolveTrainingConfig(name, () => undefined));
  const overridden = OVERRIDES.filter(({ key }) => isOverridden(key, config, builtIn, isSearched));
  // No flag turns off what a file turns on.
  if (overridden.some(({ key }) => (config[key] as unknown) === false)) return null;
  const overrides: TrainingOverrides = Object.fromEntries(overridden.map(({ key }) => [key, config[key]]));
  if (!isDeepStrictEqual(withOverrides(builtIn, overrides), config)) return null;
  return { name, flags: overridden.map(({ key, option }) => [flagName(option), config[key]]) };
}

function isOverridden(
  key: keyof typeof TRAINING_KEYS,
  config: TrainingConfig,
  builtIn: TrainingConfig,
  isSearched: boolean,
): boolean {
  if (key !== "initTemperature") return config[key] !== builtIn[key];
  // It sets the first epoch's temperature too.
  return isSearched && (config[key] !== builtIn[key] || config.firstTemperature !== builtIn.firstTemperature);
}
