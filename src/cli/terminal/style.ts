import type { WriteStream } from "node:tty";

/** What a line of output may be set in. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
}

/** Columns where a stream has no terminal: logs are read in one later. */
const DEFAULT_WIDTH = 80;

/** Whether a stream is a terminal that moves its cursor: not a file or a pipe, and not one that calls itself dumb. */
export function isLive(output: NodeJS.WriteStream): boolean {
  return output.isTTY === true && process.env["TERM"] !== "dumb";
}

/** The columns of a stream's terminal, as they are now. */
export function widthOf(output: NodeJS.WriteStream): number {
  return output.isTTY ? output.columns || DEFAULT_WIDTH : DEFAULT_WIDTH;
}

/** Bold and dim where the terminal has it and the environment does not say otherwise (NO_COLOR, TERM=dumb). */
export function styleOf(output: NodeJS.WriteStream): Style {
  const isStyled = isLive(output) && (output as WriteStream).hasColors();
  const by = (on: number, off: number) => (text: string) => (isStyled ? `\x1b[${on}m${text}\x1b[${off}m` : text);
  return { bold: by(1, 22), dim: by(2, 22) };
}
