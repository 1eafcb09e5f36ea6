const MAX_LENGTH = 60;

/** The value as one short line of JSON, to end an error message with: `…, found "F31"`. */
export function found(value: unknown): string {
  return shortened(typeof value === "number" ? String(value) : toJson(value));
}

/** A name from a file, or other text, cut after 60 characters. */
export function shortened(text: string): string {
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
}

/** JSON.stringify recurses, so lists nested thousands deep, which JSON.parse accepts, end it with a RangeError. */
function toJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? "nothing";
  } catch {
    return "a value too deep to print";
  }
}
