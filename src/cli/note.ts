import { messageLine } from "./message-line.js";

/** Tells the user, on standard error, how something they gave was understood. */
export function note(text: string): void {
  process.stderr.write(messageLine("note", text));
}
