import { Command } from "commander";
import { flagValue, PATH } from "../options/parsers.js";

interface PublishFlags {
  readonly output: string;
  readonly model?: boolean;
  readonly replace?: boolean;
}

/** `weight-search publish`: its flags, and what it does with them. */
export function publishCommand(): Command {
  return new Command("publish")
    .description("copy what is small and public of runs: settings without paths, and what their epochs measured")
    .argument("<runs...>", "run directories, or folders of them")
    .option(
      "-o, --output <dir>",
      "where a folder for each run goes",
      flagValue("-o/--output", PATH),
      "results/published",
    )
    .option("--model", "the model too, 4 bytes a weight: for a run that others start from")
    .option("--replace", "put a run in place of another one of the same name")
    .action(publishRuns);
}

async function publishRuns(paths: string[], { output, model = false, replace = false }: PublishFlags): Promise<void> {
  // Only now: --help should not load what reads runs.
  const { publish } = await import("../../report/published/publish.js");
  const { note } = await import("../terminal/note.js");
  for (const folder of publish(paths, { output, model, replace, note })) process.stdout.write(`published: ${folder}\n`);
}
