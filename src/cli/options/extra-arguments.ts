import type { Command } from "commander";
import { InputError } from "../../text/errors.js";

/** Refuses extra arguments by name: commander only counts them. Throws InputError. */
export function refuseExtraWords(command: Command): void {
  const taken = command.registeredArguments;
  if (taken.at(-1)?.variadic) return;
  const extra = command.args.slice(taken.length);
  if (extra.length === 0) return;
  const expected =
    taken.length === 0 ? "only options" : `only options and ${taken.map((word) => word.name()).join(", ")}`;
  const isListInPieces = Object.values(command.opts()).some((value) => /^\s*\[[^\]]*$/.test(String(value)));
  const hint = isListInPieces ? "; put quotes around a list that has spaces" : "";
  const words = extra.map((word) => JSON.stringify(word)).join(" ");
  throw new InputError(`${command.name()}: expected ${expected}, received ${words}${hint}`);
}
