import { type LaunchSettings, launch } from "../distributed/launcher.js";
import { LaunchEnded } from "./launch-ended.js";
import { note } from "./terminal/note.js";

/**
 * Starts `weight-search train` with these words in several processes, and waits for them. They learn from the environment
 * how they were started: WEIGHT_SEARCH_LAUNCHER has the launcher's flags, for the command that goes on with a run.
 * @throws LaunchEnded unless all of them ended well
 */
export async function launchTraining(
  settings: LaunchSettings,
  words: readonly string[],
  launcher: string,
): Promise<void> {
  const { exitCode, error } = await launch({
    ...settings,
    command: [process.execPath, ...process.execArgv, process.argv[1] ?? "", "train", ...words],
    environment: { ...process.env, WEIGHT_SEARCH_LAUNCHER: launcher },
    outputs: process,
    note,
  });
  if (exitCode !== 0) throw new LaunchEnded(exitCode, error ?? "");
}
