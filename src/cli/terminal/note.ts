import { messageLine } from "../../text/message-line.js";
import { withFlagNames } from "../options/named-flags.js";

/** Reports on standard error how something the user gave was understood: once, where several processes were given the same. */
export function note(text: string): void {
  if (process.env["WORLD_SIZE"] !== undefined && !/^0*$/.test(process.env["RANK"] ?? "")) return;
  process.stderr.write(messageLine("note", withFlagNames(text)));
}

/** Reports an image that is skipped, on standard error. */
export function skipped(problem: string): void {
  process.stderr.write(messageLine("skipped", problem));
}
