import { type LaunchSettings, launch } from "../distributed/launcher.js";
import { LaunchEnded } from "./launch-ended.js";
import { note } from "./terminal/note.js";

/**
 * Starts `weight-search train` with these arguments in several processes, and waits for them. The environment variable
 * WEIGHT_SEARCH_LAUNCHER passes them the launcher's flags, for the command that resumes a run.
 * @throws LaunchEnded unless all of them succeeded
 */
export async function launchTraining(
  settings: LaunchSettings,
  args: readonly string[],
  launcher: string,
): Promise<void> {
  const { exitCode, error } = await launch({
    ...settings,
    command: [process.execPath, ...process.execArgv, process.argv[1] ?? "", "train", ...args],
    environment: { ...process.env, WEIGHT_SEARCH_LAUNCHER: launcher },
    outputs: process,
    note,
  });
  if (exitCode !== 0) throw new LaunchEnded(exitCode, error ?? "");
}
