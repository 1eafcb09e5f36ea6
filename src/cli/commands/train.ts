import { Command, Option } from "commander";
import type { TrainFlags } from "../../train/settings.js";
import { addDataFlags } from "../options/data.js";
import { addLaunchFlags, type LaunchFlags, launchWords, resolveLaunch } from "../options/launch.js";
import {
  ACTIVATION_BITS_HELP,
  AUTO,
  activationBits,
  imagesOrShare,
  MAX_CHECKPOINT_MINUTES,
  MAX_DIST_TIMEOUT,
  MAX_SEED,
  MAX_STAGE,
  NETWORK_NAMES,
  numberBetween,
  oneOf,
  pathText,
  wholeNumber,
} from "../options/parsers.js";
import { checkResumeFlags } from "../options/resume.js";
import { workerWords } from "../options/worker-arguments.js";

/** What float32 holds with room to spare. */
const LEAST_TEMPERATURE = 1e-30;
const GREATEST_TEMPERATURE = 1e30;

export function trainCommand(): Command {
  const command = new Command("train")
    .description("train a network, in float or by searching low-bit weights")
    .option("-a, --arch <name>", `network: ${NETWORK_NAMES} (default: by data set)`);
  addDataFlags(command)
    .option("--train-json <file>", "training recipe: a JSON file, or a name in json/training (default: by network)")
    .addOption(new Option("--training-json <file>", "the same as --train-json").hideHelp())
    .option("-q, --quantize-network", "search the weights, over --quant-json or bit by bit")
    .option("--quant-json <set>", "value set: a JSON file, a name in json/quantization, or a list like [-1,0,1]")
    .option(
      "--active-bit <k>",
      "without --quant-json: the stage of the search bit by bit (default: 0)",
      wholeNumber("--active-bit", 0, MAX_STAGE),
    )
    .option("--stages <n>", "run n such stages in a row, from --active-bit on", wholeNumber("--stages", 1, MAX_STAGE))
    .option("--quantize-first-layer", "search the first layer too")
    .option("--quantize-last-layer", "search the last layer too")
    .option("--activation-bits <k>", ACTIVATION_BITS_HELP, activationBits)
    .option("--soft", "train with mean values instead of the most probable ones")
    .option(
      "--load-model-state <file>",
      "start from a model: safetensors, .pth, .pth.tar, or a run directory",
      pathText("--load-model-state"),
    )
    .option("--epochs <n>", "overrule the recipe's epochs", wholeNumber("--epochs", 1))
    .option("--batch-size <n>", "overrule the recipe's batch size", wholeNumber("--batch-size", 1))
    .option(
      "--temperature <t>",
      "overrule the recipe's initial temperature",
      numberBetween("--temperature", LEAST_TEMPERATURE, GREATEST_TEMPERATURE),
    )
    .option(
      "--val-split <n>",
      "hold n training images out, or a share below 1, and validate on them instead of the data's own validation images",
      imagesOrShare("--val-split"),
    )
    .option("--limit-batches <n>", "end every pass after n batches", wholeNumber("--limit-batches", 1))
    .option("--seed <s>", "seed of initial values, order, crops and noise", wholeNumber("--seed", 0, MAX_SEED), 0)
    .option("--sync-bn", "batch statistics over all processes (one process: nothing to do)")
    .option(
      "--state-bn",
      "with soft weights: running batch statistics of the best values by a second forward pass a step",
    )
    .option(
      "--bn-calibration <batches>",
      "before each validation, take running batch statistics anew from so many training batches, with the best values",
      wholeNumber("--bn-calibration", 0),
    )
    .option(
      "--backend <name>",
      "auto, gloo or nccl: what sums gradients over processes (default: auto)",
      oneOf("--backend", ["auto", "gloo", "nccl"]),
    )
    .option(
      "--dist-timeout <s>",
      "seconds that processes wait for each other at the most (default: 600)",
      numberBetween("--dist-timeout", 1, MAX_DIST_TIMEOUT),
    )
    .addOption(
      new Option("--local-rank <r>", "this process's number on its machine, as launchers pass it")
        .argParser(wholeNumber("--local-rank", 0, 1023))
        .hideHelp(),
    )
    .option(
      "--resume <run>",
      "go on with a run that was stopped, from its last checkpoint; auto: with the newest of this command, if there is one",
      pathText("--resume"),
    )
    .option(
      "--checkpoint-minutes <m>",
      "minutes between checkpoints within an epoch; 0: only after epochs (default: 10)",
      numberBetween("--checkpoint-minutes", 0, MAX_CHECKPOINT_MINUTES),
    )
    .option(
      "--on-nan <what>",
      "stop, skip or rollback: what a loss that is no number does (default: stop)",
      oneOf("--on-nan", ["stop", "skip", "rollback"]),
    )
    .option("-o, --work-dir <dir>", "where run directories go", pathText("-o/--work-dir"), "results")
    .option("--save", "write a run directory (the default)")
    .option("--no-save", "write nothing")
    .option("-v, --verbose", "show the progress of each epoch");
  return addLaunchFlags(command).action(async (flags: TrainFlags & LaunchFlags, typed: Command) => {
    if (flags.resume !== undefined && flags.resume !== AUTO) checkResumeFlags(typed);
    const launch = resolveLaunch(flags, process.env);
    if (launch !== null) {
      const { launchTraining } = await import("../launch-training.js");
      await launchTraining(launch, workerWords(wordsAfter(typed.name()), typed.options), launchWords(flags));
      return;
    }
    // Only now: LibTorch takes a second to load, and --help should not.
    const { train } = await import("../../train/train.js");
    await train(flags);
  });
}

/** The words of this process's command line that follow a command's name. */
function wordsAfter(name: string): readonly string[] {
  return process.argv.slice(process.argv.indexOf(name, 2) + 1);
}
