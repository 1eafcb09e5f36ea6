import { summarize } from "../../export/summarize.js";
import { checkActivationBits, checkImageSize } from "../../models/registry.js";
import { summaryMarkdown, summaryText } from "../../report/summary-table.js";
import { InputError } from "../../text/errors.js";
import { didYouMean } from "../../text/suggest.js";
import { networkFamily } from "../options/network.js";
import { activationPolicy, resolveStage, type SearchFlags, searchPolicy } from "../options/search.js";

/** The flags of `weight-search summary`, as commander hands them over. */
export interface SummaryFlags extends SearchFlags {
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

/** `weight-search summary`: prints a network's layers. Throws InputError. */
export function summary(flags: SummaryFlags): void {
  const { arch } = flags;
  const family = networkFamily(arch);
  checkActivationBits(arch, flags.activationBits ?? null);
  const { numClasses, imageSize } = {
    ...(flags.dataset === undefined ? family.madeFor : knownDataset(flags.dataset)),
    ...(flags.numClasses !== undefined && { numClasses: flags.numClasses }),
    ...(flags.imageSize !== undefined && { imageSize: flags.imageSize }),
  };
  checkImageSize(family, arch, imageSize, imageSize);
  const search = searchPolicy(flags, resolveStage(flags));
  const activations = activationPolicy(flags.activationBits ?? null, search);
  const made = summarize({ arch, family, numClasses, imageSize, search, activations });
  const text = flags.json
    ? `${JSON.stringify(made, null, 2)}\n`
    : flags.markdown
      ? summaryMarkdown(made)
      : summaryText(made);
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
