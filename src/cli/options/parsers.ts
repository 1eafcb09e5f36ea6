import { MAX_ACTIVATION_BITS } from "../../run/limits.js";
import { InputError } from "../../text/errors.js";
import { integer, type Kind, text } from "../../text/kinds.js";
import { didYouMean } from "../../text/suggest.js";

/** The networks, for `--help`, which does not load them. */
export const NETWORK_NAMES =
  "vgg_small, resnet20, resnet18, resnet34, resnet50, mobilenet_v2, vit_tiny_patch16_224, vit, mlp";

/** Resumes a run of the same command, if one was stopped; else begins it: `--resume auto`. */
export const AUTO = "auto";

/** Reads a flag's value. Throws InputError naming the flag, what was expected and what was received. */
export function flagValue<Value>(flag: string, kind: Kind<Value>): (word: string) => Value {
  return (word) => {
    const value = kind.parse(word);
    if (value !== undefined) return value;
    const hint = kind.choices === undefined ? "" : didYouMean(word, kind.choices);
    throw new InputError(`option ${flag}: expected ${kind.expectedText ?? kind.expected}, received "${word}"${hint}`);
  };
}

/** Reads a path, which an unset variable of a shell leaves empty. Throws InputError naming the argument. */
export function pathArgument(name: string): (word: string) => string {
  return (word) => {
    if (word !== "") return word;
    throw new InputError(`argument ${name}: expected a path, received ""`);
  };
}

/** A path as a flag's value. */
export const PATH = text("a path");

/** `--activation-bits`, of several commands. */
export const activationBits = flagValue("--activation-bits", integer(1, MAX_ACTIVATION_BITS));
export const ACTIVATION_BITS_HELP = `quantize the inputs of convolutions to 1 to ${MAX_ACTIVATION_BITS} bits`;
