import type { Command } from "commander";

interface CommandEntry {
  readonly name: string;
  readonly description: string;
  readonly load: () => Promise<Command>;
}

/** The commands, in the order of the help. One is loaded only where it is named, so that `--help` waits for none. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: "setup",
    description: "find or install LibTorch and build the native addon; once, after installing this package",
    load: async () => (await import("./commands/setup.js")).setupCommand(),
  },
  {
    name: "train",
    description: "train a network, in float or by searching low-bit weights",
    load: async () => (await import("./commands/train.js")).trainCommand(),
  },
  {
    name: "evaluate",
    description: "loss and accuracy of a trained network on validation images",
    load: async () => (await import("./commands/evaluate.js")).evaluateCommand(),
  },
  {
    name: "summary",
    description: "print a network's layers: shapes, parameters, value sets, bits and sizes",
    load: async () => (await import("./commands/summary.js")).summaryCommand(),
  },
  {
    name: "list",
    description: "list models, datasets, configs, value-sets or transforms by name",
    load: async () => (await import("./commands/list.js")).listCommand(),
  },
  {
    name: "plot",
    description: "draw runs over epochs in one figure: top-1 accuracy or error, and loss",
    load: async () => (await import("./commands/plot.js")).plotCommand(),
  },
  {
    name: "report",
    description: "print a table of runs: settings, accuracies, time and model size; or the document of results",
    load: async () => (await import("./commands/report.js")).reportCommand(),
  },
  {
    name: "publish",
    description: "copy the shareable artifacts of runs: configs and metrics, local paths removed",
    load: async () => (await import("./commands/publish.js")).publishCommand(),
  },
];
