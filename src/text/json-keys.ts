import { found } from "./describe.js";
import { InputError } from "./errors.js";

/**
 * Parses JSON as JSON.parse does, but refuses an object that has one key twice.
 * @param where what errors begin with: the file, or a part of it
 * @param expected what the text should be, for an error
 * @throws InputError
 */
export function parseUniqueKeys(json: string, where: string, expected = "JSON"): unknown {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new InputError(`${where}: expected ${expected}, found ${found(json)}`);
  }
  const twice = duplicateKey(json);
  if (twice !== undefined) throw new InputError(`${where}: expected each key once, found ${found(twice)} twice`);
  return value;
}

/**
 * The first duplicate key within one object of a JSON text, at any depth; undefined if there is none. JSON.parse
 * silently takes the last of the two, so two readers of one file could see different things. The text must be valid.
 */
export function duplicateKey(json: string): string | undefined {
  const open: Set<string>[] = [];
  let lastString = "";
  for (let at = 0; at < json.length; at++) {
    switch (json[at]) {
      case "{":
      case "[":
        open.push(new Set());
        break;
      case "}":
      case "]":
        open.pop();
        break;
      case '"': {
        const end = endOfString(json, at);
        lastString = json.slice(at, end + 1);
        at = end;
        break;
      }
      case ":": {
        const key = String(JSON.parse(lastString));
        const keys = open.at(-1);
        if (keys?.has(key)) return key;
        keys?.add(key);
        break;
      }
    }
  }
  return undefined;
}

/** Offset of the closing quote of the string that opens at `start`. */
function endOfString(json: string, start: number): number {
  let at = start + 1;
  while (at < json.length && json[at] !== '"') at += json[at] === "\\" ? 2 : 1;
  return at;
}
