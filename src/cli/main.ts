import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command, CommanderError, Option } from "commander";
import { InputError } from "../errors.js";
import { packageRoot } from "../package-root.js";
import { NETWORK_NAMES, positiveNumber, wholeNumber } from "./flags.js";
import { plotCommand } from "./plot-command.js";
import { reportCommand } from "./report-command.js";
import { summaryCommand } from "./summary-command.js";
import type { TrainFlags } from "./train-settings.js";

const MAX_SEED = 2 ** 32 - 1;

function trainCommand(): Command {
  return new Command("train")
    .description("train a network, in float or by searching low-bit weights")
    .option("-a, --arch <name>", `network: ${NETWORK_NAMES}`, "resnet20")
    .option("-d, --dataset <name>", "data set: synthetic (built in), cifar10", "synthetic")
    .option("-p, --path <dir>", "folder of the data set's files")
    .option("--train-json <file>", "training recipe: a JSON file, or a name in json/training (default: by network)")
    .addOption(new Option("--training-json <file>", "the same as --train-json").hideHelp())
    .option("-q, --quantize-network", "search the weights over the value set of --quant-json")
    .option("--quant-json <set>", "value set: a JSON file, a name in json/quantization, or a list like [-1,0,1]")
    .option("--quantize-first-layer", "search the first layer too")
    .option("--quantize-last-layer", "search the last layer too")
    .option("--soft", "train with mean values instead of the most probable ones")
    .option("--epochs <n>", "overrule the recipe's epochs", wholeNumber("--epochs", 1))
    .option("--batch-size <n>", "overrule the recipe's batch size", wholeNumber("--batch-size", 1))
    .option("--temperature <t>", "overrule the recipe's initial temperature", positiveNumber("--temperature"))
    .option("--limit-batches <n>", "end every pass after n batches", wholeNumber("--limit-batches", 1))
    .option("--seed <s>", "seed of initial values, order, crops and noise", wholeNumber("--seed", 0, MAX_SEED), 0)
    .option("--threads <n>", "threads (default: OMP_NUM_THREADS or all cores)", wholeNumber("--threads", 1, 1024))
    .option("-o, --work-dir <dir>", "where run directories go", "results")
    .option("--save", "write a run directory (the default)")
    .option("--no-save", "write nothing")
    .option("-v, --verbose", "show the progress of each epoch")
    .action(async (flags: TrainFlags) => {
      // Only now: LibTorch takes a second to load, and --help should not.
      const { train } = await import("./train.js");
      await train(flags);
    });
}

function program(): Command {
  const { version, description } = JSON.parse(readFileSync(join(packageRoot(), "package.json"), "utf8")) as Record<
    string,
    string
  >;
  const root = new Command("weight-search")
    .description(String(description))
    .version(String(version))
    .addCommand(trainCommand())
    .addCommand(plotCommand())
    .addCommand(reportCommand())
    .addCommand(summaryCommand());
  for (const command of [root, ...root.commands]) {
    command
      .exitOverride()
      .configureOutput({ outputError: () => undefined })
      .helpCommand(false);
  }
  return root;
}

/** Runs the command line; returns the exit code: 0, 2 for what the user gave, 1 for what else went wrong. */
async function main(argv: readonly string[]): Promise<number> {
  try {
    await program().parseAsync(argv.length > 2 ? [...argv] : [...argv, "--help"]);
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0;
      report(error.message.replace(/^error: /, "").replace(/\s*\n\s*/g, " "));
      return 2;
    }
    if (process.env["DEBUG"] && error instanceof Error) process.stderr.write(`${error.stack}\n`);
    report(error instanceof Error ? error.message : String(error));
    return error instanceof InputError ? 2 : 1;
  }
}

function report(message: string): void {
  process.stderr.write(`error: ${message}\n`);
}

process.exitCode = await main(process.argv);
