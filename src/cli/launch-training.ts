import { type LaunchSettings, launch } from "../distributed/launcher.js";
import { addonPath } from "../tensor/addon.js";
import { CommandEnded } from "./command-ended.js";
import { note } from "./terminal/note.js";

/**
 * Starts `weight-search train` with these arguments in several processes, and waits for them. The environment variable
 * WEIGHT_SEARCH_LAUNCHER passes them the launcher's flags, for the command that resumes a run.
 * @throws CommandEnded unless all of them succeeded; InputError when the addon is not built, which each would report
 */
export async function launchTraining(
  settings: LaunchSettings,
  args: readonly string[],
  launcher: string,
): Promise<void> {
  addonPath();
  const { exitCode, error } = await launch({
    ...settings,
    command: [process.execPath, ...process.execArgv, process.argv[1] ?? "", "train", ...args],
    environment: { ...process.env, WEIGHT_SEARCH_LAUNCHER: launcher },
    outputs: process,
    note,
  });
  if (exitCode !== 0) throw new CommandEnded(exitCode, error ?? "");
}
