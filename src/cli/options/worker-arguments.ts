import type { Option } from "commander";
import { LAUNCH_FLAGS } from "./launch-flags.js";

const FLAGS: ReadonlySet<string> = new Set(Object.values(LAUNCH_FLAGS));

/** Flags that launchers, and people who are used to them, also spell with underscores. */
const ALSO_WITH_UNDERSCORES: ReadonlySet<string> = new Set([...FLAGS, "--local-rank"]);

/** An argument with dashes in place of underscores, if it is such a flag. */
export function withDashes(argument: string): string {
  const [flag = ""] = argument.split("=", 1);
  const dashed = flag.replaceAll("_", "-");
  return ALSO_WITH_UNDERSCORES.has(dashed) ? dashed + argument.slice(flag.length) : argument;
}

/**
 * The arguments of a command line without the launcher's flags and their values, for the processes that it starts. The
 * others stay as they are, in their order, also where the value of one of them looks like such a flag.
 *
 * @param args what follows the command's name, and was parsed without an error
 * @param options those of the command
 */
export function workerArguments(args: readonly string[], options: readonly Option[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const argument = args[i] ?? "";
    if (argument === "--") return [...kept, ...args.slice(i)];
    const next = takesNext(argument, options) ? args.slice(i + 1, i + 2) : [];
    if (!FLAGS.has(flagOf(argument))) kept.push(argument, ...next);
    i += next.length;
  }
  return kept;
}

function flagOf(argument: string): string {
  return withDashes(argument).split("=", 1)[0] ?? "";
}

/** Whether a flag's value is the next argument, unlike `--epochs=3` and `-dsynthetic`. */
function takesNext(argument: string, options: readonly Option[]): boolean {
  const isRequired = (flag: string) => options.find(({ short, long }) => short === flag || long === flag)?.required;
  if (argument.startsWith("--")) return !argument.includes("=") && isRequired(flagOf(argument)) === true;
  if (!argument.startsWith("-")) return false;
  // Flags of one letter without values may come together; the first one that has a value takes what follows.
  const letters = [...argument.slice(1)];
  const first = letters.findIndex((letter) => isRequired(`-${letter}`) !== false);
  return first === letters.length - 1 && isRequired(`-${letters[first]}`) === true;
}
