import { flagName } from "../../text/flag-name.js";

/** Flags whose names do not follow from the argument's, or that people know by their short form too. */
const FLAGS: Readonly<Record<string, string>> = {
  network: "-a/--arch",
  data: "-d/--dataset",
  path: "-p/--path",
  workDir: "-o/--work-dir",
  config: "--train-json",
  transforms: "--transform-json",
  quantize: "-q/--quantize-network",
  values: "--quant-json",
  stage: "--active-bit",
  localRank: "--local_rank",
  gpu: "--gpu",
};

/** An argument's name as the layers below the command line write it in messages: in backticks. */
const ARGUMENT = /`([a-z][a-zA-Z]*)`/g;

/**
 * A message with the flags of the command line in place of the arguments that the layers below name: "`path`: expected …" becomes
 * "option -p/--path: expected …".
 */
export function withFlagNames(message: string): string {
  const named = message.replace(ARGUMENT, (_, argument: string) => FLAGS[argument] ?? flagName(argument));
  return message.startsWith("`") ? `option ${named}` : named;
}
