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
    .argument("<runs...>", "run directories, or folders of them")
    .option("-o, --output <dir>", "folder of the published runs", flagValue("-o/--output", PATH), "results/published")
    .option("--model", "include the model, 4 bytes per weight: for runs that others start from")
    .option("--replace", "replace another run of the same name")
    .action(publishRuns);
}

async function publishRuns(paths: string[], { output, model = false, replace = false }: PublishFlags): Promise<void> {
  // Only now: --help should not load what reads runs.
  const { publish } = await import("../../report/published/publish.js");
  const { note } = await import("../terminal/note.js");
  for (const folder of publish(paths, { output, model, replace, note })) process.stdout.write(`published: ${folder}\n`);
}
