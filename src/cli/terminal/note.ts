import { messageLine } from "../../text/message-line.js";
import { withFlagNames } from "../options/named-flags.js";

/** Prints on standard error how an input was interpreted; only once if several processes have the same input. */
export function note(text: string): void {
  if (process.env["WORLD_SIZE"] !== undefined && !/^0*$/.test(process.env["RANK"] ?? "")) return;
  process.stderr.write(messageLine("note", withFlagNames(text)));
}

/** Reports a skipped image on standard error. */
export function skipped(problem: string): void {
  process.stderr.write(messageLine("skipped", problem));
}
