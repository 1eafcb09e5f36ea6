/** The command that goes on with a run, as a person would type it into a shell; with our launcher's flags, where it started this process. */
export function resumeCommand(directory: string): string {
  const launcher = process.env["WEIGHT_SEARCH_LAUNCHER"];
  const isPlain = /^[\w./:@%+,=-]+$/.test(directory) && !directory.startsWith("-");
  return `weight-search train ${launcher ? `${launcher} ` : ""}--resume ${isPlain ? directory : `'${directory.replaceAll("'", `'\\''`)}'`}`;
}
