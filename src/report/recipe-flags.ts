import { basename } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { builtInNames } from "../config/built-in-json.js";
import { OWN_OPTIMIZER } from "../config/optim-keys.js";
import { type ConfigOverrides, withOverrides } from "../config/overrides.js";
import { parseTrainingConfig, resolveTrainingConfig, trainingJson } from "../config/training.js";
import { KEY_PATHS, OVERRIDES, type TrainingConfig } from "../config/training-keys.js";
import { readJsonFile } from "../formats/json-file.js";
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
  const path = resolveTrainingConfig(name, () => undefined);
  const json = readJsonFile(path);
  const parsed = (overrides: ConfigOverrides) => parseTrainingConfig(withOverrides(json, overrides), path);
  const named = namedOverrides(config, parsed({}), isSearched);
  const options: ConfigOverrides = Object.fromEntries(named.map(({ option, key }) => [option, config[key]]));
  const others = [...KEY_PATHS.keys()].filter((path) => !named.some((each) => each.path === path));
  const isFollowing = (path: string) => KEY_PATHS.get(path)?.defaultsTo !== undefined;
  const own = differences(
    parsed(options),
    config,
    others.filter((path) => !isFollowing(path)),
  );
  // What defaults to another key may follow it already.
  const set = { ...own, ...differences(parsed({ ...options, set: own }), config, others.filter(isFollowing)) };
  if (!isDeepStrictEqual(parsed({ ...options, set }), config)) return null;
  return {
    name,
    flags: [
      ...named.map(({ option, key }) => [flagName(option), config[key]] as const),
      ...Object.entries(set)
        .flatMap(([key, value]) => settingsAt(key, value))
        .map(([key, value]) => ["--set", `${key}=${valueText(value)}`] as const),
    ],
  };
}

/** What `--set` says of a key. An optimizer of the user's own is named by `--optimizer`, and its options are set one by one. */
function settingsAt(key: string, value: unknown): (readonly [string, unknown])[] {
  if (key === "optim.name" && value === OWN_OPTIMIZER) return [];
  if (key !== "optim.options" || typeof value !== "object" || value === null) return [[key, value]];
  return Object.entries(value).map(([name, each]) => [`${key}.${name}`, each] as const);
}

/** The overrides with flags of their own. No flag turns off what a file turns on: `--set` does. */
function namedOverrides(config: TrainingConfig, builtIn: TrainingConfig, isSearched: boolean) {
  return OVERRIDES.filter(({ key }) => {
    if ((config[key] as unknown) === false) return false;
    if (key !== "initTemperature") return config[key] !== builtIn[key];
    // It sets the first epoch's temperature too.
    return (
      isSearched &&
      config.firstTemperature === config.initTemperature &&
      (config[key] !== builtIn[key] || config.firstTemperature !== builtIn.firstTemperature)
    );
  });
}

/** Those of some keys, by their paths in a training JSON, in which `to` differs, with its values. */
function differences(from: TrainingConfig, to: TrainingConfig, paths: readonly string[]): Record<string, unknown> {
  const [before, after] = [trainingJson(from), trainingJson(to)];
  const changed = paths.filter((path) => !isDeepStrictEqual(valueAt(before, path), valueAt(after, path)));
  return Object.fromEntries(changed.map((path) => [path, valueAt(after, path) ?? null]));
}

function valueAt(json: unknown, path: string): unknown {
  return path
    .split(".")
    .reduce((value, name) => (value as Readonly<Record<string, unknown>> | undefined)?.[name], json);
}

function valueText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
