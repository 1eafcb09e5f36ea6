import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { packageRoot } from "../system/package-root.js";
import { InputError, oneLine } from "../text/errors.js";
import { didYouMean } from "../text/suggest.js";

/** A folder of the package's json/. */
export type BuiltInFolder = "training" | "quantization" | "transform";

/** Receives a note on how a name was interpreted: one line without a period. */
export type Note = (text: string) => void;

/** A file as in the original program's commands: `json/training/resnet20-200.json`, relative to its directory. */
const ORIGINAL_PATH = /^(?:\.\/)?json\/[^/]+\/([^/]+)\.json$/;

/** The built-in names of json/`folder`, sorted: `resnet20-200` for resnet20-200.json. */
export function builtInNames(folder: BuiltInFolder): readonly string[] {
  return readdirSync(folderPath(folder))
    .filter((file) => file.endsWith(".json"))
    .map((file) => basename(file, ".json"))
    .sort();
}

/**
 * Resolves the JSON file that a user named: a built-in name of json/`folder`, or a path. A built-in name takes
 * precedence; `./name` is always a path.
 *
 * The original program's commands name files below its own directory, some in folders that it never had
 * (`json/qiantization/1b.json`). So `json/<anything>/<name>.json` without a file there resolves to a built-in <name>,
 * with a `note`.
 *
 * @throws InputError if it is neither, with the nearest built-in name, or all of them if none is near
 */
export function resolveJson(folder: BuiltInFolder, nameOrPath: string, note: Note): string {
  const names = builtInNames(folder);
  if (names.includes(nameOrPath)) {
    return join(folderPath(folder), `${nameOrPath}.json`);
  }
  if (existsSync(nameOrPath)) {
    return nameOrPath;
  }
  const name = ORIGINAL_PATH.exec(nameOrPath)?.[1];
  if (name !== undefined && names.includes(name)) {
    note(oneLine(`${nameOrPath} is not there: using the built-in json/${folder}/${name}.json`));
    return join(folderPath(folder), `${name}.json`);
  }
  throw new InputError(
    `${nameOrPath === "" ? '""' : nameOrPath}: expected a JSON file or a built-in name of json/${folder}, ` +
      `found neither${didYouMean(basename(nameOrPath, ".json"), names) || `; the built-in names are ${names.join(", ")}`}`,
  );
}

function folderPath(folder: BuiltInFolder): string {
  return join(packageRoot(), "json", folder);
}
