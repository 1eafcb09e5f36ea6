import type { ConfigOverrides } from "../../config/overrides.js";
import { optimizerNames } from "../../optim/registry.js";
import type { SettingValues } from "../../run/settings.js";
import { isUserModule } from "../../system/user-module.js";
import { InputError } from "../../text/errors.js";
import { flagName } from "../../text/flag-name.js";
import { type Kind, oneOf, text } from "../../text/kinds.js";
import { OPTION_KINDS } from "../../train/option-kinds.js";
import type { TrainOptions } from "../../train/options.js";
import { DATA_FLAGS, type DataFlags, defaultDataset } from "./data.js";
import { type Flag, overrideFlags, settingFlags } from "./flag-table.js";
import { LAUNCH_FLAG_TABLE } from "./launch.js";
import type { LaunchFlags } from "./launch-flags.js";
import { OPTION_OF_FLAG } from "./named-flags.js";
import { NETWORK_NAMES, PATH } from "./parsers.js";

/** The flags of `weight-search train`, as commander returns them. */
export interface TrainFlags
  extends DataFlags,
    LaunchFlags,
    ConfigOverrides,
    Partial<Omit<SettingValues, "path" | "valSplit">> {
  readonly arch?: string;
  readonly optimizer?: string;
  readonly loss?: string;
  readonly trainJson?: string;
  readonly trainingJson?: string;
  readonly quantizeNetwork?: boolean;
  readonly quantJson?: string;
  readonly quantizeFirstLayer?: boolean;
  readonly quantizeLastLayer?: boolean;
  readonly activeBit?: number;
  readonly stages?: number;
  readonly localRank?: number;
  readonly save?: boolean;
  readonly workDir?: string;
  readonly resume?: string;
  readonly backend?: "auto" | "gloo" | "nccl";
  readonly distTimeout?: number;
  readonly verbose?: boolean;
  readonly quiet?: boolean;
}

/** A name or a file. */
const optimizerName: Kind<string> = {
  ...oneOf(...optimizerNames),
  expectedText: `one of ${optimizerNames.join(", ")}, or a file such as ./lion.js`,
  is: (value): value is string => typeof value === "string" && (optimizerNames.includes(value) || isUserModule(value)),
  parse: (word) => (optimizerNames.includes(word) || isUserModule(word) ? word : undefined),
};

const QUANTIZATION: readonly Flag[] = [
  { flags: "-q, --quantize-network", description: "search the weights, over --quant-json or progressively" },
  { flags: "--quant-json <set>", description: "value set: a JSON file, a name in json/quantization, or a list" },
  {
    flags: "--active-bit <k>",
    description: "without --quant-json: the progressive stage [0]",
    kind: OPTION_KINDS.stage,
  },
  {
    flags: "--stages <n>",
    description: "run n stages in a row, from --active-bit on [1]",
    kind: OPTION_KINDS.stages,
  },
  { flags: "--quantize-first-layer", description: "search the first layer too" },
  { flags: "--quantize-last-layer", description: "search the last layer too" },
].map((flag) => ({ ...flag, group: "Quantization:" }));

const MODEL: readonly Flag[] = [
  { flags: "-a, --arch <name>", description: `network: ${NETWORK_NAMES}, or ./file.js [by data set]`, group: "Model:" },
  {
    flags: "--train-json <file>",
    description: "training config: a file, or a name in json/training",
    group: "Optimization:",
  },
  {
    flags: "--optimizer <name>",
    description: `override the config's optimizer: ${optimizerNames.join(", ")}, or ./file.js`,
    kind: optimizerName,
    group: "Optimization:",
  },
  {
    flags: "--loss <file>",
    description: "a loss function of your own, ./file.js [cross-entropy]",
    kind: text("a file such as ./focal-loss.js"),
    group: "Optimization:",
  },
  { flags: "--training-json <file>", description: "the same as --train-json", isHidden: true },
];

const DISTRIBUTED: readonly Flag[] = [
  {
    flags: "--backend <name>",
    description: "sums gradients over processes: auto, gloo, nccl [auto]",
    kind: OPTION_KINDS.backend,
    group: "Distributed:",
  },
  {
    flags: "--dist-timeout <s>",
    description: "seconds that processes wait for each other [600]",
    kind: OPTION_KINDS.distTimeout,
    group: "Distributed:",
  },
  {
    flags: "--local-rank <r>",
    description: "this process's number on its machine, as launchers pass it",
    kind: OPTION_KINDS.localRank,
    isHidden: true,
  },
].map((flag) => ({ ...flag, onResume: true }));

const OUTPUT: readonly Flag[] = [
  {
    flags: "--resume <run>",
    description: "continue a run from its last checkpoint; auto: this command's",
    kind: PATH,
    group: "Checkpoints:",
    onResume: true,
  },
  {
    flags: "-o, --work-dir <dir>",
    description: "where run directories are made [results]",
    kind: OPTION_KINDS.workDir,
    group: "Output:",
  },
  { flags: "--save", description: "write a run directory [the default]", group: "Output:", onResume: true },
  { flags: "--no-save", description: "write nothing", group: "Output:" },
  { flags: "--quiet", description: "show no progress within epochs", group: "Output:", onResume: true },
  {
    flags: "-v, --verbose",
    description: "show progress without a terminal too, in lines",
    group: "Output:",
    onResume: true,
  },
];

/** Every flag of `weight-search train`, once. */
export const TRAIN_FLAGS: readonly Flag[] = [
  ...MODEL,
  ...DATA_FLAGS,
  ...QUANTIZATION,
  // A run that was begun without it is refused when it is resumed.
  ...settingFlags().map((flag) => (flag.flags === flagName("syncBn") ? { ...flag, onResume: true } : flag)),
  ...overrideFlags(),
  ...OUTPUT,
  ...DISTRIBUTED,
  ...LAUNCH_FLAG_TABLE,
];

/** Flags that are the command line's own affair. */
const OWN = new Set([
  "trainingJson",
  "verbose",
  "quiet",
  "resume",
  ...LAUNCH_FLAG_TABLE.map(({ flags }) => attribute(flags)),
]);

/** The options of the library that flags stand for: of a run to resume only what may differ. */
export function optionsOf(flags: TrainFlags): Record<string, unknown> {
  const given = Object.entries(flags).filter(([name, value]) => value !== undefined && !OWN.has(name));
  const names: Readonly<Record<string, string>> = OPTION_OF_FLAG;
  return Object.fromEntries(given.map(([name, value]) => [names[name] ?? name, value]));
}

/** The options of a new run, with the command line's own defaults. Throws InputError for flags that contradict each other. */
export function newRunOptions(flags: TrainFlags): TrainOptions {
  const { trainJson, trainingJson } = flags;
  if (trainJson !== undefined && trainingJson !== undefined && trainJson !== trainingJson) {
    throw new InputError(
      `options --train-json and --training-json are the same: expected one value, received "${trainJson}" and "${trainingJson}"`,
    );
  }
  const data = flags.dataset ?? defaultDataset(flags);
  const config = trainJson ?? trainingJson;
  return {
    ...optionsOf(flags),
    network: flags.arch ?? defaultNetwork(data),
    data,
    ...(config !== undefined && { config }),
    ...(flags.resume === "auto" && { resume: "auto" }),
  } as TrainOptions;
}

/** The network of a command without `-a`: the original program's on CIFAR. */
function defaultNetwork(dataset: string): string {
  if (dataset === "synthetic") return "resnet20";
  return dataset.startsWith("cifar") ? "vgg_small" : "resnet18";
}

function attribute(flags: string): string {
  const long = flags.replace(/^.*?--/, "").replace(/ .*$/, "");
  return long.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
