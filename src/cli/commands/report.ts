import { basename, dirname } from "node:path";
import { Command, Option } from "commander";
import type { ReportFormat } from "../../report/report.js";
import type { RunRecord } from "../../run/read-run.js";
import { realPlace, writeOutput } from "../../system/write-output.js";
import { InputError } from "../../text/errors.js";
import { flagValue, PATH } from "../options/parsers.js";

interface ReportFlags {
  readonly format: ReportFormat;
  readonly mean?: boolean;
  /** A file; standard output where there is none. */
  readonly output?: string;
}

/** `weight-search report`: its flags, and what it does with them. */
export function reportCommand(): Command {
  return new Command("report")
    .argument("<runs...>", "run directories, folders of them, or result.csv files of the original program")
    .addOption(
      new Option("--format <format>", "how the table is written")
        .choices(["text", "markdown", "csv", "json", "results"])
        .default("text"),
    )
    .option("--mean", "one row for runs that differ in their seed only: mean ± standard deviation")
    .option("-o, --output <file>", "write it to a file", flagValue("-o/--output", PATH))
    .action(report);
}

/** Prints a report of runs, or writes it to a file. Throws InputError. */
async function report(paths: string[], { format, mean = false, output }: ReportFlags): Promise<void> {
  if (format === "results" && mean) {
    throw new InputError("option --mean: expected none with --format results, which has means");
  }
  // Only now: --help should not load what reads runs.
  const [{ findRuns }, { readRun }, { reportText }] = await Promise.all([
    import("../../run/find-runs.js"),
    import("../../run/read-run.js"),
    import("../../report/report.js"),
  ]);
  const runs = findRuns(paths).map((path) => readRun(path));
  if (output !== undefined) await checkOutput(output, runs);
  const text = reportText(runs, { format, mean, output: output ?? null, paths });
  if (output === undefined) {
    process.stdout.write(text);
    return;
  }
  writeOutput(output, Buffer.from(text));
  process.stdout.write(`report: ${output}\n`);
}

/** What is read is not written over. */
async function checkOutput(output: string, runs: readonly RunRecord[]): Promise<void> {
  const [{ realRunPath }, { REFERENCE_FILE }] = await Promise.all([
    import("../../run/read-run.js"),
    import("../../report/results/results-report.js"),
  ]);
  const path = realPlace(output);
  const run = runs.find((each) => dirname(path) === realRunPath(each.path));
  if (run === undefined && basename(path) !== REFERENCE_FILE) return;
  throw new InputError(
    `option -o/--output: expected a file that the report is not made from, received ${JSON.stringify(output)}`,
  );
}
