import { shellQuote } from "../../text/shell-quote.js";

/** The command that goes on with a run, as a person would type it into a shell; with our launcher's flags, where it started this process. */
export function resumeCommand(directory: string): string {
  const launcher = process.env["WEIGHT_SEARCH_LAUNCHER"];
  const word = shellQuote(directory);
  // What begins with a dash looks like a flag, not to the shell but to us.
  const path = word.startsWith("-") ? `'${word}'` : word;
  return `weight-search train ${launcher ? `${launcher} ` : ""}--resume ${path}`;
}
