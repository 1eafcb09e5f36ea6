import type { Command } from "commander";
import { InputError } from "../../text/errors.js";
import type { Flag } from "./flag-table.js";
import { LAUNCH_FLAGS } from "./launch-flags.js";

/**
 * Refuses flags, as typed, that a run brought along itself.
 * @param flags those of the command, of which some may be given again
 * @throws InputError naming the first one that may not
 */
export function checkResumeFlags(command: Command, flags: readonly Flag[]): void {
  const allowed = flags.filter(({ onResume }) => onResume).map(({ flags: words }) => words);
  const launchFlags: readonly string[] = Object.values(LAUNCH_FLAGS);
  const typed = command.options.filter((option) => command.getOptionValueSource(option.attributeName()) === "cli");
  const wrong = typed.find((option) => {
    const isNoSave = option.negate && command.getOptionValue(option.attributeName()) === false;
    const isAllowed = allowed.includes(option.flags) || launchFlags.includes(option.long ?? "");
    return !isAllowed && (!option.negate || isNoSave);
  });
  if (wrong === undefined) return;
  const names = allowed.flatMap((words) => {
    const option = command.options.find((each) => each.flags === words);
    return option === undefined || option.hidden || option.long === "--resume"
      ? []
      : [words.replace(/ <.*$/, "").replace(", ", "/")];
  });
  throw new InputError(
    `option ${wrong.long}: expected none with --resume, since the run's own config.json says it; --resume takes the run and, ` +
      `where these differ from before, ${names.join(", ")}`,
  );
}
