import { flagName } from "../../text/flag-name.js";

/** The library's options that have another name as flags, the original program's: by commander's name of the flag. */
export const OPTION_OF_FLAG = {
  arch: "network",
  dataset: "data",
  trainJson: "config",
  transformJson: "transforms",
  quantizeNetwork: "quantize",
  quantJson: "values",
  activeBit: "stage",
} as const;

/** How flags are written in messages, where a short form is known or underscores are usual. */
const WRITTEN: Readonly<Record<string, string>> = {
  arch: "-a/--arch",
  dataset: "-d/--dataset",
  path: "-p/--path",
  workDir: "-o/--work-dir",
  quantizeNetwork: "-q/--quantize-network",
  localRank: "--local_rank",
};

const FLAG_OF_OPTION = new Map<string, string>(Object.entries(OPTION_OF_FLAG).map(([flag, option]) => [option, flag]));

/** An option's name as the layers below the command line write it in messages: in backticks. */
const OPTION = /`([a-z][a-zA-Z]*)`/g;

/** A message with the flags of the command line in place of the options that the layers below name. */
export function withFlagNames(message: string): string {
  return message.replace(OPTION, (_, option: string) => writtenFlag(FLAG_OF_OPTION.get(option) ?? option));
}

/** An error's message so: "`path`: expected …" becomes "option -p/--path: expected …". */
export function optionError(message: string): string {
  const [, several] = /^`\w+`( and `)?/.exec(message) ?? [null];
  const named = withFlagNames(message);
  if (!message.startsWith("`") || named.startsWith("`")) return named;
  return `${several === undefined ? "option" : "options"} ${named}`;
}

/** A flag, by commander's name, as messages write it. */
export function writtenFlag(flag: string): string {
  return WRITTEN[flag] ?? flagName(flag);
}
