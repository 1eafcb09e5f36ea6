import { Command, Option } from "commander";
import type { ReportFlags } from "../../report/report.js";
import { pathText } from "../options/parsers.js";

/** `weight-search report`: its flags. What it does is loaded when it is asked for. */
export function reportCommand(): Command {
  return new Command("report")
    .description(
      "print a table of runs: what was trained, accuracies, time and model size; or the whole document of results",
    )
    .argument("<runs...>", "run directories, folders of them, or result.csv files of the original program")
    .addOption(
      new Option("--format <format>", "how the table is written")
        .choices(["text", "markdown", "csv", "json", "results"])
        .default("text"),
    )
    .option("--mean", "one row for runs that differ in their seed only: mean ± standard deviation")
    .option("-o, --output <file>", "write it to a file", pathText("-o/--output"))
    .action(async (runs: string[], flags: ReportFlags) => {
      const { report } = await import("../../report/report.js");
      report(runs, flags);
    });
}
