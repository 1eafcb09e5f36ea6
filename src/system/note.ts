import { messageLine } from "../text/message-line.js";

/** Tells the user, on standard error, how something they gave was understood: once, where several processes were given the same. */
export function note(text: string): void {
  if (process.env["WORLD_SIZE"] !== undefined && !/^0*$/.test(process.env["RANK"] ?? "")) return;
  process.stderr.write(messageLine("note", text));
}
