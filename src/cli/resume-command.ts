/** The command that goes on with a run, as a person would type it into a shell. */
export function resumeCommand(directory: string): string {
  const isPlain = /^[\w./:@%+,=-]+$/.test(directory) && !directory.startsWith("-");
  return `weight-search train --resume ${isPlain ? directory : `'${directory.replaceAll("'", `'\\''`)}'`}`;
}
