import { oneLine } from "./errors.js";

const maxLength = 60;

/**
 * A JSON value in the words of an error message, on one line of at most some 60 characters: `0.5`, `"Step"`,
 * `[100, 50]`, `an object`.
 */
export function describeValue(value: unknown): string {
  if (Array.isArray(value)) {
    const text = value.length <= maxLength ? `[${value.map(describeElement).join(", ")}]` : "";
    return text !== "" && text.length <= maxLength ? text : `a list of ${value.length}`;
  }
  return describeElement(value);
}

/** `text` in double quotes, on one line, cut after 60 characters. */
export function quote(text: string): string {
  return oneLine(JSON.stringify(text.length > maxLength ? `${text.slice(0, maxLength)}…` : text));
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
