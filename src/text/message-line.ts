import { readableLine } from "./errors.js";

/**
 * A line for standard error: `error: …`. Whatever the text names, it stays one line of readable length: a file may have
 * a newline or a terminal's escape sequence in its name.
 */
export function messageLine(kind: "error" | "note" | "skipped", text: string): string {
  return `${kind}: ${readableLine(text)}\n`;
}
