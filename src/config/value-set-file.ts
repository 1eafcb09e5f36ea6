import { readJsonFile } from "../formats/json-file.js";
import { checkValueSet } from "../search/value-set.js";
import { quote } from "../text/describe.js";
import { parseJson } from "../text/parse-json.js";
import { type Note, resolveJson } from "./built-in-json.js";

/**
 * Loads the value set a user named: a built-in name of json/quantization (`1b`, `po2-2b`), the path of a JSON file that
 * holds a list, or the list itself (`[-1, 0, 1]`). `note` is called if a path was resolved to a built-in name.
 *
 * @throws InputError naming the file or the list, and the nearest built-in name or all of them.
 */
export function loadValueSet(nameOrPathOrLiteral: string, note: Note): readonly number[] {
  if (nameOrPathOrLiteral.trimStart().startsWith("[")) {
    const source = `value set ${quote(nameOrPathOrLiteral)}`;
    return checkValueSet(parseJson(nameOrPathOrLiteral, source), source);
  }
  const path = resolveJson("quantization", nameOrPathOrLiteral, note);
  return checkValueSet(readJsonFile(path), path);
}
