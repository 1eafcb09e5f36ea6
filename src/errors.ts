/** More than the longest path that a system takes. */
const MAX_LENGTH = 5000;

/**
 * Something a user gave (a flag, a file, a value) is wrong. The command line prints the message as one line and exits
 * with code 2; the message names the file or flag, the key, what was expected and what was found.
 *
 * Files and names may hold anything, so the message is made one line that a terminal shows as it is (`oneLine`), and cut
 * after 5000 characters.
 */
export class InputError extends Error {
  override readonly name = "InputError";

  constructor(message: string, options?: ErrorOptions) {
    const line = oneLine(message);
    super(line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH)}…` : line, options);
  }
}

/** Control characters, line separators, and what turns the direction of writing around. */
const UNPRINTABLE = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;

/**
 * `text` on one line: control characters, line separators and marks that turn the direction of writing around become
 * escapes such as `\n` or `\u2028`.
 */
export function oneLine(text: string): string {
  return text.replace(UNPRINTABLE, (character) => {
    const quoted = JSON.stringify(character).slice(1, -1);
    return quoted === character ? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}` : quoted;
  });
}
