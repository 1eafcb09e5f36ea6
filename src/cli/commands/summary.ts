import { Command, Option } from "commander";
import { ACTIVATION_BITS_HELP, activationBits, NETWORK_NAMES, wholeNumber } from "../options/parsers.js";
import type { SummaryFlags } from "./print-summary.js";

/** Beyond these a network or its activations take several gigabytes. */
const MAX_CLASSES = 30_000;
const MAX_IMAGE_SIZE = 1024;

/** The command line of `weight-search summary`. */
export function summaryCommand(): Command {
  return new Command("summary")
    .description("print a network's layers: shapes, parameters, value sets, bits and sizes")
    .option("-a, --arch <name>", `network: ${NETWORK_NAMES}`, "resnet20")
    .option("-q, --quantize-network", "as if the weights were searched over the value set of --quant-json")
    .option("--quant-json <set>", "value set: a JSON file, a name in json/quantization, or a list like [-1,0,1]")
    .option("--quantize-first-layer", "the first layer searched too")
    .option("--quantize-last-layer", "the last layer searched too")
    .option("--activation-bits <k>", ACTIVATION_BITS_HELP, activationBits)
    .option("-d, --dataset <name>", "classes and image size of synthetic, cifar10, cifar100 or imagenet")
    .addOption(
      new Option("--num-classes <n>", "number of classes (default: what the network was published for)")
        .argParser(wholeNumber("--num-classes", 1, MAX_CLASSES))
        .conflicts("dataset"),
    )
    .option("--image-size <n>", "height and width of images, pixels", wholeNumber("--image-size", 1, MAX_IMAGE_SIZE))
    .option("--markdown", "print Markdown")
    .addOption(new Option("--json", "print JSON").conflicts("markdown"))
    .action(async (flags: SummaryFlags) => {
      // Only now: LibTorch takes a second to load, and --help should not.
      const { summary } = await import("./print-summary.js");
      summary(flags);
    });
}
