import { readableLine } from "./errors.js";

/**
 * Formats a line for standard error: `error: …`. It stays one line of readable length even if a file name in it
 * contains a newline or a terminal escape sequence.
 */
export function messageLine(kind: "error" | "note" | "skipped", text: string): string {
  return `${kind}: ${readableLine(text)}\n`;
}
