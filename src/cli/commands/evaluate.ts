import { Command } from "commander";
import type { SettingName } from "../../run/settings.js";
import type { EvaluateFlags } from "../evaluate-model.js";
import { DATA_FLAGS } from "../options/data.js";
import { addFlags, type Flag, settingFlags } from "../options/flag-table.js";
import { NETWORK_NAMES, pathArgument } from "../options/parsers.js";

/** The settings of a run that matter to an evaluation. */
const SETTINGS: readonly SettingName[] = [
  ...(["path", "valSplit", "limitBatches", "workers", "onBadImage"] as const),
  ...(["activationBits", "precision", "threads"] as const),
];

const FLAGS: readonly Flag[] = [
  { flags: "-a, --arch <name>", description: `network: ${NETWORK_NAMES}, or ./file.js [the run's]`, group: "Model:" },
  ...DATA_FLAGS,
  ...settingFlags(SETTINGS),
  {
    flags: "--quantize-last-layer",
    description: "with --activation-bits: the last layer's input too",
    group: "Quantization:",
  },
  { flags: "--json", description: "print one JSON object", group: "Output:" },
  { flags: "--quiet", description: "show no progress", group: "Output:" },
  { flags: "-v, --verbose", description: "show the progress where there is no terminal, too", group: "Output:" },
];

export function evaluateCommand(): Command {
  const command = new Command("evaluate").argument(
    "<run-or-file>",
    "a run directory, or a model: safetensors, .pth, .pth.tar",
    pathArgument("run-or-file"),
  );
  return addFlags(command, FLAGS).action(async (model: string, flags: EvaluateFlags) => {
    // Only now: LibTorch takes a second to load, and --help should not.
    const { evaluateModel } = await import("../evaluate-model.js");
    await evaluateModel(model, flags);
  });
}
