import { oneLine } from "../errors.js";

/** A path has up to 4,096 bytes on Linux, and a word of the command line up to 128 KiB. */
const MAX_LENGTH = 2000;
const HEAD_LENGTH = 1400;
const TAIL_LENGTH = 500;

/**
 * A line for standard error: `error: …`. Whatever the text names, it stays one line of readable length: a file may have
 * a newline or a terminal's escape sequence in its name.
 */
export function messageLine(kind: "error" | "note" | "skipped", text: string): string {
  return `${kind}: ${shortened(oneLine(text))}\n`;
}

function shortened(text: string): string {
  if (text.length <= MAX_LENGTH) return text;
  return `${text.slice(0, HEAD_LENGTH)} … (${text.length} characters) … ${text.slice(-TAIL_LENGTH)}`;
}
