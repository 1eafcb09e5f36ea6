import { MAX_ACTIVATION_BITS } from "../../run/config.js";
import { InputError } from "../../text/errors.js";
import { didYouMean } from "../../text/suggest.js";

/** The networks, for `--help`, which does not load them. */
export const NETWORK_NAMES = "vgg_small, resnet20, resnet18, resnet34, resnet50";

/** The last stage of a search bit by bit: 2^-30 is still a normal float32, and no network needs so many. */
export const MAX_STAGE = 30;

/** Seeds are 32 bits of the noise's key. */
export const MAX_SEED = 2 ** 32 - 1;

export const MAX_WORKERS = 256;
export const MAX_CHECKPOINT_MINUTES = 1e6;

/** A week, in seconds. */
export const MAX_DIST_TIMEOUT = 604_800;

/** `--resume auto`: go on with a run of the same command, if one was stopped; else begin it. */
export const AUTO = "auto";

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** Reads a flag's whole number, `least` … `most`. Throws InputError naming the flag. */
export function wholeNumber(flag: string, least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    const range = most === Number.MAX_SAFE_INTEGER ? `>= ${least}` : `from ${least} to ${most}`;
    throw new InputError(`option ${flag}: expected a whole number ${range}, received "${text}"`);
  };
}

/** `--activation-bits`, of several commands. */
export const activationBits = wholeNumber("--activation-bits", 1, MAX_ACTIVATION_BITS);
export const ACTIVATION_BITS_HELP = `bits of what goes into convolutions, 1 to ${MAX_ACTIVATION_BITS}`;

/** Reads a flag's number, `least` … `most`. Throws InputError naming the flag. */
export function numberBetween(flag: string, least: number, most: number): (text: string) => number {
  return (text) => {
    const value = DECIMAL.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new InputError(`option ${flag}: expected a number from ${least} to ${most}, received "${text}"`);
  };
}

/** Reads a flag's number of images, or below 1 its share of them. Throws InputError naming the flag. */
export function imagesOrShare(flag: string): (text: string) => number {
  return (text) => {
    const value = DECIMAL.test(text) ? Number(text) : Number.NaN;
    if ((value > 0 && value < 1) || (Number.isSafeInteger(value) && value >= 1)) return value;
    throw new InputError(
      `option ${flag}: expected a whole number of images >= 1, or a share between 0 and 1, received "${text}"`,
    );
  };
}

/** Reads a flag's or argument's path, which an unset variable of a shell leaves empty. Throws InputError naming it. */
export function pathText(name: string): (text: string) => string {
  return (text) => {
    if (text !== "") return text;
    throw new InputError(`${name.startsWith("-") ? "option" : "argument"} ${name}: expected a path, received ""`);
  };
}

/** Reads a flag that takes one of a few words. Throws InputError naming the flag. */
export function oneOf<Word extends string>(flag: string, words: readonly Word[]): (text: string) => Word {
  return (text) => {
    const word = words.find((candidate) => candidate === text);
    if (word !== undefined) return word;
    throw new InputError(
      `option ${flag}: expected one of ${words.join(", ")}, received "${text}"${didYouMean(text, words)}`,
    );
  };
}
