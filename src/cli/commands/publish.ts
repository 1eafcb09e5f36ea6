import { Command } from "commander";
import type { PublishFlags } from "../../report/published/publish.js";
import { pathText } from "../options/parsers.js";

/** `weight-search publish`: its flags. What it does is loaded when it is asked for. */
export function publishCommand(): Command {
  return new Command("publish")
    .description("copy what is small and public of runs: settings without paths, and what their epochs measured")
    .argument("<runs...>", "run directories, or folders of them")
    .option("-o, --output <dir>", "where a folder for each run goes", pathText("-o/--output"), "results/published")
    .option("--model", "the model too, 4 bytes a weight: for a run that others start from")
    .option("--replace", "put a run in place of another one of the same name")
    .action(async (runs: string[], flags: PublishFlags) => {
      const { publish } = await import("../../report/published/publish.js");
      publish(runs, flags);
    });
}
