import type { Command } from "commander";
import { InputError } from "../../text/errors.js";

/** Refuses extra arguments by name: commander only counts them. Throws InputError. */
export function refuseExtraArguments(command: Command): void {
  const taken = command.registeredArguments;
  if (taken.at(-1)?.variadic) return;
  const extra = command.args.slice(taken.length);
  if (extra.length === 0) return;
  const expected =
    taken.length === 0 ? "only options" : `only options and ${taken.map((argument) => argument.name()).join(", ")}`;
  const isListInPieces = Object.values(command.opts()).some((value) => /^\s*\[[^\]]*$/.test(String(value)));
  const hint = isListInPieces ? "; put quotes around a list that has spaces" : "";
  const received = extra.map((argument) => JSON.stringify(argument)).join(" ");
  throw new InputError(`${command.name()}: expected ${expected}, received ${received}${hint}`);
}
