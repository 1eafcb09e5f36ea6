import { shellQuote } from "../../text/shell-quote.js";

/** The shell command that resumes a run, with the launcher's flags if it started this process. */
export function resumeCommand(directory: string): string {
  const launcher = process.env["WEIGHT_SEARCH_LAUNCHER"];
  const word = shellQuote(directory);
  // A path that begins with a dash would look like a flag to this program.
  const path = word.startsWith("-") ? `'${word}'` : word;
  return `weight-search train ${launcher ? `${launcher} ` : ""}--resume ${path}`;
}
