import { type ParseArgsConfig, parseArgs } from "node:util";
import { InputError } from "../src/text/errors.js";

/** Parses an option as an integer ≥ 1. */
export function countOption(name: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new InputError(`--${name}: expected a whole number from 1 on, found "${text}"`);
  return Number(text);
}

/** Parses the command line by `node:util`'s rules; an unknown option is an InputError of one line. */
export function parseOptions<Options extends NonNullable<ParseArgsConfig["options"]>>(
  options: Options,
): ReturnType<typeof parseArgs<{ options: Options; strict: true; allowPositionals: false }>>["values"] {
  try {
    return parseArgs({ options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new InputError(error.message.split(/\.\s|\n/, 1)[0] ?? error.message);
  }
}

/** Runs a benchmark; an InputError is one line on stderr and exit code 2. */
export async function runBenchmark(main: () => void | Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    console.error(`error: ${error.message}`);
    process.exitCode = 2;
  }
}
