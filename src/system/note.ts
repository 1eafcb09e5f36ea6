import { messageLine } from "../text/message-line.js";

/** Prints how an input was interpreted on standard error; only once where several processes have the same input. */
export function note(text: string): void {
  if (process.env["WORLD_SIZE"] !== undefined && !/^0*$/.test(process.env["RANK"] ?? "")) return;
  process.stderr.write(messageLine("note", text));
}
