import { oneLine } from "./errors.js";

/** Texts and values of files, flags and servers for error messages: short, whatever they hold. */

const MAX_LENGTH = 60;
/** Names of tensors include the path of layers and are longer than other names. */
const MAX_NAME_LENGTH = 200;

/** `text`, cut after `maxLength` characters. */
export function shortened(text: string, maxLength = MAX_LENGTH): string {
  return text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
}

/** A tensor's name or shape, cut after 200 characters: a file may call a tensor anything. */
export function shortenedName(name: string): string {
  return shortened(name, MAX_NAME_LENGTH);
}

/** `text` in double quotes, on one line, cut after 60 characters. */
export function quote(text: string): string {
  return oneLine(JSON.stringify(shortened(text)));
}

/** The value as one short line of JSON, to end an error message with: `…, found "F31"`. */
export function found(value: unknown): string {
  return shortened(typeof value === "number" ? String(value) : toJson(value));
}

/**
 * Describes a value of a JSON file on one line of at most about 60 characters: `0.5`, `"Step"`, `[100, 50]`,
 * `an object`.
 */
export function describeValue(value: unknown): string {
  if (Array.isArray(value)) {
    const text = value.length <= MAX_LENGTH ? `[${value.map(describeElement).join(", ")}]` : "";
    return text !== "" && text.length <= MAX_LENGTH ? text : `a list of ${value.length}`;
  }
  return describeElement(value);
}

function describeElement(value: unknown): string {
  switch (typeof value) {
    case "string":
      return quote(value);
    case "number":
    case "boolean":
      return String(value);
    case "undefined":
      return "nothing";
    default:
      return value === null ? "null" : Array.isArray(value) ? "a list" : "an object";
  }
}

/** JSON.stringify recurses and throws RangeError for lists nested thousands deep, which JSON.parse accepts. */
function toJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? "nothing";
  } catch {
    return "a value too deep to print";
  }
}
