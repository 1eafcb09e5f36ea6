import { Command, Option } from "commander";
import { InputError } from "../../text/errors.js";
import { integer } from "../../text/kinds.js";
import { didYouMean } from "../../text/suggest.js";
import { ACTIVATION_BITS_HELP, activationBits, flagValue, NETWORK_NAMES } from "../options/parsers.js";

/** Beyond these a network or its activations take several gigabytes. */
const MAX_CLASSES = 30_000;
const MAX_IMAGE_SIZE = 1024;

interface SummaryFlags {
  readonly quantizeNetwork?: boolean;
  readonly quantJson?: string;
  readonly quantizeFirstLayer?: boolean;
  readonly quantizeLastLayer?: boolean;
  readonly activationBits?: number;
  readonly arch: string;
  readonly dataset?: string;
  readonly numClasses?: number;
  readonly imageSize?: number;
  readonly markdown?: boolean;
  readonly json?: boolean;
}

/** What a network for a data set has to know of it. Its files are not needed. */
const DATASETS: ReadonlyMap<string, { readonly numClasses: number; readonly imageSize: number }> = new Map([
  ["synthetic", { numClasses: 10, imageSize: 32 }],
  ["cifar10", { numClasses: 10, imageSize: 32 }],
  ["cifar100", { numClasses: 100, imageSize: 32 }],
  ["imagenet", { numClasses: 1000, imageSize: 224 }],
]);

/** `weight-search summary`: its flags, and what it does with them. */
export function summaryCommand(): Command {
  return new Command("summary")
    .option("-a, --arch <name>", `network: ${NETWORK_NAMES}, or ./file.js`, "resnet20")
    .option("-q, --quantize-network", "as if the weights were searched over the value set of --quant-json")
    .option("--quant-json <set>", "value set: a JSON file, a name in json/quantization, or a list like [-1,0,1]")
    .option("--quantize-first-layer", "the first layer searched too")
    .option("--quantize-last-layer", "the last layer searched too")
    .option("--activation-bits <k>", ACTIVATION_BITS_HELP, activationBits)
    .option("-d, --dataset <name>", "classes and image size of synthetic, cifar10, cifar100 or imagenet")
    .addOption(
      new Option("--num-classes <n>", "number of classes (default: what the network was published for)")
        .argParser(flagValue("--num-classes", integer(1, MAX_CLASSES)))
        .conflicts("dataset"),
    )
    .option(
      "--image-size <n>",
      "height and width of images, pixels",
      flagValue("--image-size", integer(1, MAX_IMAGE_SIZE)),
    )
    .option("--markdown", "print Markdown")
    .addOption(new Option("--json", "print JSON").conflicts("markdown"))
    .action(printSummary);
}

/** Prints a network's layers. Throws InputError. */
async function printSummary(flags: SummaryFlags): Promise<void> {
  // Only now: LibTorch takes a second to load, and --help should not.
  const [
    { summarize },
    models,
    { loadNetwork },
    { activationPolicy },
    { resolveSearch, resolveStage },
    table,
    { optionsOf },
    { note },
  ] = await Promise.all([
    import("../../export/summarize.js"),
    import("../../models/registry.js"),
    import("../../train/load-network.js"),
    import("../../models/activation-policy.js"),
    import("../../train/settings.js"),
    import("../../report/summary-table.js"),
    import("../options/train.js"),
    import("../terminal/note.js"),
  ]);
  const { arch, family } = await loadNetwork(flags.arch);
  models.checkActivationBits(family, arch, flags.activationBits ?? null);
  const { numClasses, imageSize, channels } = {
    channels: 3,
    ...(flags.dataset === undefined ? family.madeFor : knownDataset(flags.dataset)),
    ...(flags.numClasses !== undefined && { numClasses: flags.numClasses }),
    ...(flags.imageSize !== undefined && { imageSize: flags.imageSize }),
  };
  models.checkImageSize(family, arch, imageSize, imageSize);
  const options = optionsOf(flags);
  const search = resolveSearch(options, resolveStage(options), note);
  const activations = activationPolicy(flags.activationBits ?? null, search);
  const made = summarize({ arch, family, numClasses, imageSize, channels, search, activations });
  const text = flags.json
    ? `${JSON.stringify(made, null, 2)}\n`
    : flags.markdown
      ? table.summaryMarkdown(made)
      : table.summaryText(made);
  process.stdout.write(text);
}

function knownDataset(name: string): { numClasses: number; imageSize: number } {
  const found = DATASETS.get(name);
  if (found !== undefined) return found;
  const names = [...DATASETS.keys()];
  throw new InputError(
    `option -d/--dataset: expected one of ${names.join(", ")}, received "${name}"${didYouMean(name, names)}; ` +
      "for other data give --num-classes",
  );
}
