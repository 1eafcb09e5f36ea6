import { BadImageError } from "../../src/data/images/bad-image-error.js";
import { InputError } from "../../src/text/errors.js";

/** Longer messages flood the terminal. The folder is not counted; a name of 255 control characters is 1530 characters. */
const MAX_MESSAGE = 2000;
/** What moves the cursor, ends the line, or turns the writing around. */
const BREAKS_TERMINAL = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

/**
 * What is wrong with an error that a parser threw; undefined where it is one as it should be: an InputError (a
 * BadImageError for an image) of one line that names the file.
 */
export function judge(error: unknown, folder: string, isUnnamed: boolean): string | undefined {
  if (!(error instanceof InputError || error instanceof BadImageError)) {
    return `threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  }
  const { message } = error;
  if (BREAKS_TERMINAL.test(message)) return `a message with control characters: ${JSON.stringify(message)}`;
  const length = message.replaceAll(folder, "").length;
  if (length === 0 || length > MAX_MESSAGE) return `a message of ${length} characters: ${message.slice(0, 300)}`;
  if (!isUnnamed && !message.includes(folder)) return `a message that does not name the file: ${message}`;
  return undefined;
}
