import { Command } from "commander";
import { addFlags } from "../options/flag-table.js";
import { launchArguments, resolveLaunch } from "../options/launch.js";
import { AUTO } from "../options/parsers.js";
import { checkResumeFlags } from "../options/resume.js";
import { TRAIN_FLAGS, type TrainFlags } from "../options/train.js";
import { workerArguments } from "../options/worker-arguments.js";

export function trainCommand(): Command {
  const command = new Command("train");
  return addFlags(command, TRAIN_FLAGS).action(async (flags: TrainFlags, typed: Command) => {
    if (flags.resume !== undefined && flags.resume !== AUTO) checkResumeFlags(typed, TRAIN_FLAGS);
    const launch = resolveLaunch(flags, process.env);
    if (launch !== null) {
      const { launchTraining } = await import("../launch-training.js");
      const own = workerArguments(argumentsAfter(typed.name()), typed.options);
      await launchTraining(launch, own, launchArguments(flags));
      return;
    }
    // Only now: LibTorch takes a second to load, and --help should not.
    const { runTraining } = await import("../run-training.js");
    await runTraining(flags);
  });
}

/** The arguments of this process's command line that follow a command's name. */
function argumentsAfter(name: string): readonly string[] {
  return process.argv.slice(process.argv.indexOf(name, 2) + 1);
}
