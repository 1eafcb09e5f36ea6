import { type Command, Option } from "commander";
import { parseSetting } from "../../config/overrides.js";
import { OVERRIDES } from "../../config/training-keys.js";
import { SETTING_ROWS, type Setting, type SettingName } from "../../run/settings.js";
import { InputError } from "../../text/errors.js";
import { flagName } from "../../text/flag-name.js";
import type { Kind } from "../../text/kinds.js";
import { writtenFlag } from "./named-flags.js";
import { flagValue } from "./parsers.js";

/** One flag of a command: everything that the command line knows of it. */
export interface Flag {
  /** As commander takes it: `-p, --path <dir>`. */
  readonly flags: string;
  readonly description: string;
  /** What it takes; missing for a switch, and for a text of any kind. */
  readonly kind?: Kind<unknown>;
  readonly group?: string;
  /** Reads a value where the flag may be given several times; `before` is what those before it came to. */
  readonly collect?: (word: string, before: unknown) => unknown;
  readonly default?: unknown;
  readonly isHidden?: boolean;
  /** Whether it may be given when a run is resumed: it says where and how, not what is computed. */
  readonly onResume?: boolean;
}

/** Flags that people know by a letter. */
const LETTERS: Readonly<Record<string, string>> = { path: "-p, " };

/** The flags of a run's settings, from their table. */
export function settingFlags(names?: readonly SettingName[]): Flag[] {
  return SETTING_ROWS.flatMap(([name, setting]) => {
    if (names !== undefined && !names.includes(name)) return [];
    const { kind, value, group, onResume = false } = setting;
    const flags = `${LETTERS[name] ?? ""}${flagName(name)}${value === undefined ? "" : ` <${value}>`}`;
    const description = `${setting.description}${defaultOf(setting)}`;
    return [{ flags, description, group: `${group}:`, onResume, ...(value !== undefined && { kind }) }];
  });
}

/** The default in brackets; a switch is off, and a setting of `null` has no effect. */
function defaultOf({ default: value, defaultText = String(value) }: Setting<unknown>): string {
  return value === null || value === false ? "" : ` [${defaultText}]`;
}

/** The flags that override keys of the training config, from their table. */
export function overrideFlags(): Flag[] {
  const named = OVERRIDES.map(({ option, kind, override: { value, description, onResume = false } }) => ({
    flags: `${flagName(option)}${value === undefined ? "" : ` <${value}>`}`,
    description,
    group: "Optimization:",
    onResume,
    ...(value !== undefined && { kind }),
  }));
  return [...named, SET];
}

/** `--set`, for every key of the training config. */
const SET: Flag = {
  flags: "--set <key=value>",
  description: "override any key of the config, nested ones with dots; repeatable",
  group: "Optimization:",
  collect: (word, before) => {
    const [path, value] = parseSetting(word);
    const others = (before ?? {}) as Readonly<Record<string, unknown>>;
    if (path in others) throw new InputError(`\`set\`: expected ${path} once, received it twice`);
    return { ...others, [path]: value };
  },
};

/** Adds flags to a command. */
export function addFlags(command: Command, flags: readonly Flag[]): Command {
  for (const flag of flags) {
    const option = new Option(flag.flags, flag.description);
    if (flag.kind !== undefined) option.argParser(flagValue(writtenFlag(option.attributeName()), flag.kind));
    if (flag.collect !== undefined) option.argParser(flag.collect);
    if (flag.default !== undefined) option.default(flag.default);
    if (flag.isHidden) option.hideHelp();
    if (flag.group !== undefined) option.helpGroup(flag.group);
    command.addOption(option);
  }
  return command;
}
