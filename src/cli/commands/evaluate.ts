import { Command } from "commander";
import { addDataFlags, type DataFlags } from "../options/data.js";
import {
  ACTIVATION_BITS_HELP,
  activationBits,
  imagesOrShare,
  NETWORK_NAMES,
  pathText,
  wholeNumber,
} from "../options/parsers.js";

/** The flags of `weight-search evaluate`, as commander hands them over. */
export interface EvaluateFlags extends DataFlags {
  readonly arch?: string;
  readonly activationBits?: number;
  readonly quantizeLastLayer?: boolean;
  readonly limitBatches?: number;
  readonly json?: boolean;
  readonly verbose?: boolean;
}

export function evaluateCommand(): Command {
  const command = new Command("evaluate")
    .description("loss and accuracy of a trained network on validation images")
    .argument("<run-or-file>", "a run directory, or a model: safetensors, .pth, .pth.tar", pathText("run-or-file"))
    .option("-a, --arch <name>", `network: ${NETWORK_NAMES} (default: the run's)`);
  return addDataFlags(command)
    .option(
      "--activation-bits <k>",
      `${ACTIVATION_BITS_HELP} (default: as in training, where that is known)`,
      activationBits,
    )
    .option("--quantize-last-layer", "with --activation-bits: what goes into the last layer too")
    .option(
      "--val-split <n>",
      "the training images that train --val-split <n> held out (default: the data's own validation or test images)",
      imagesOrShare("--val-split"),
    )
    .option("--limit-batches <n>", "end after n batches", wholeNumber("--limit-batches", 1))
    .option("--json", "print one JSON object")
    .option("-v, --verbose", "show the progress")
    .action(async (model: string, flags: EvaluateFlags) => {
      const { evaluateModel } = await import("../../train/evaluate-model.js");
      await evaluateModel(model, flags);
    });
}
