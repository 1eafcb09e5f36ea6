import type { Option } from "commander";
import { LAUNCH_FLAGS } from "./launch.js";

const FLAGS: ReadonlySet<string> = new Set(Object.values(LAUNCH_FLAGS));

/** Flags that launchers, and people who are used to them, also spell with underscores. */
const ALSO_WITH_UNDERSCORES: ReadonlySet<string> = new Set([...FLAGS, "--local-rank"]);

/** A word of the command line, where such a flag has dashes. */
export function withDashes(word: string): string {
  const [flag = ""] = word.split("=", 1);
  const dashed = flag.replaceAll("_", "-");
  return ALSO_WITH_UNDERSCORES.has(dashed) ? dashed + word.slice(flag.length) : word;
}

/**
 * The words of a command line without the launcher's flags and their values, for the processes that it starts. The others
 * stay as they are, in their order, also where the value of one of them looks like such a flag.
 *
 * @param words what follows the command's name, and was parsed without an error
 * @param options those of the command
 */
export function workerArguments(words: readonly string[], options: readonly Option[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? "";
    if (word === "--") return [...kept, ...words.slice(i)];
    const next = takesNext(word, options) ? words.slice(i + 1, i + 2) : [];
    if (!FLAGS.has(flagOf(word))) kept.push(word, ...next);
    i += next.length;
  }
  return kept;
}

function flagOf(word: string): string {
  return withDashes(word).split("=", 1)[0] ?? "";
}

/** Whether a flag's value is the word after it: not where it is part of the same word, as in `--epochs=3` and `-dsynthetic`. */
function takesNext(word: string, options: readonly Option[]): boolean {
  const isRequired = (flag: string) => options.find(({ short, long }) => short === flag || long === flag)?.required;
  if (word.startsWith("--")) return !word.includes("=") && isRequired(flagOf(word)) === true;
  if (!word.startsWith("-")) return false;
  // Flags of one letter without values may come together; the first one that has a value takes what follows.
  const letters = [...word.slice(1)];
  const first = letters.findIndex((letter) => isRequired(`-${letter}`) !== false);
  return first === letters.length - 1 && isRequired(`-${letters[first]}`) === true;
}
