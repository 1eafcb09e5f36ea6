import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command, CommanderError } from "commander";
import { packageRoot } from "../system/package-root.js";
import { StoppedBySignal } from "../system/signals.js";
import { InputError } from "../text/errors.js";
import { messageLine } from "../text/message-line.js";
import { CommandEnded } from "./command-ended.js";
import { COMMANDS } from "./commands.js";
import { refuseExtraArguments } from "./options/extra-arguments.js";
import { knownFlag } from "./options/foreign-flags.js";
import { optionError } from "./options/named-flags.js";
import { withDashes } from "./options/worker-arguments.js";
import { exitOnOutputErrors } from "./terminal/output-errors.js";

/** The program, with those commands that `args` may name; of the others only names and descriptions. */
async function program(args: readonly string[]): Promise<Command> {
  const { version, description } = JSON.parse(readFileSync(join(packageRoot(), "package.json"), "utf8")) as Record<
    string,
    string
  >;
  const root = new Command("weight-search").description(String(description)).version(String(version));
  root.configureHelp({ subcommandTerm: (command) => command.name() });
  for (const { name, description, load } of COMMANDS) {
    const command = args.includes(name) ? await load() : new Command(name);
    root.addCommand(command.description(description));
    command.exitOverride().configureOutput({ outputError: () => undefined });
    command.allowExcessArguments().hook("preAction", () => refuseExtraArguments(command));
  }
  // Only the one-line error: commander would print the whole help for `help trian`.
  root.exitOverride().configureOutput({ outputError: () => undefined, writeErr: () => undefined });
  return root;
}

/**
 * Runs the command line; returns the exit code: 0, 2 for bad input, 1 for any other failure, 128 and more after a
 * signal.
 */
async function main(argv: readonly string[]): Promise<number> {
  try {
    const args = argv.map(withDashes);
    await (await program(args)).parseAsync(argv.length > 2 ? args : [...args, "--help"]);
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0;
      report(commanderMessage(error, argv, await program(argv)));
      return 2;
    }
    if (error instanceof StoppedBySignal) {
      if (error.isReported) process.stderr.write(`${error.message}\n`);
      return error.exitCode;
    }
    if (error instanceof CommandEnded) {
      if (error.message !== "") report(error.message);
      return error.exitCode;
    }
    if (process.env["DEBUG"] && error instanceof Error) process.stderr.write(`${error.stack}\n`);
    report(
      error instanceof InputError ? optionError(error.message) : error instanceof Error ? error.message : String(error),
    );
    return error instanceof InputError ? 2 : 1;
  }
}

function commanderMessage(error: CommanderError, argv: readonly string[], { commands }: Command): string {
  if (error.code === "commander.help") {
    const words = argv.slice(2).map((word) => JSON.stringify(word));
    return `expected a command, such as train or help train, received ${words.join(" ")}`;
  }
  const options = commands.find((command) => command.name() === argv[2])?.options ?? [];
  const [, unknown] = /^error: unknown option '(.*?)'/.exec(error.message) ?? [];
  const known = unknown === undefined ? undefined : knownFlag(unknown, options);
  if (known !== undefined) return `unknown option '${unknown}'; did you mean ${known}?`;
  return error.message.replace(/^error: /, "").replace(/\s*\n\s*/g, " ") + commandHint(error, argv);
}

/** What to do about a flag where a command should be: the original program had no commands. */
function commandHint({ code }: CommanderError, [, , first = ""]: readonly string[]): string {
  if (code !== "commander.unknownOption" || !first.startsWith("-")) return "";
  return `; expected a command before flags, such as weight-search train ${first}`;
}

function report(message: string): void {
  process.stderr.write(messageLine("error", message));
}

exitOnOutputErrors();
process.exitCode = await main(process.argv);
