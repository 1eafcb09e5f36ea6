/** A path has up to 4,096 bytes on Linux, and a command-line argument up to 128 KiB. */
const MAX_LENGTH = 2000;
const HEAD_LENGTH = 1400;
const TAIL_LENGTH = 500;

/**
 * Bad user input: a flag, a file or a value. The message names the file or flag, the key, what was expected and what
 * was found; the command line prints it as one line and exits with code 2.
 *
 * File names may hold anything, so the message is reduced to one line of readable length (`readableLine`).
 */
export class InputError extends Error {
  override readonly name = "InputError";

  constructor(message: string, options?: ErrorOptions) {
    super(readableLine(message), options);
  }
}

/** `text` on one line (`oneLine`) of at most 2000 characters: of a longer one, the beginning and the end. */
export function readableLine(text: string): string {
  const line = oneLine(text);
  if (line.length <= MAX_LENGTH) return line;
  return `${line.slice(0, HEAD_LENGTH)} … (${line.length} characters) … ${line.slice(-TAIL_LENGTH)}`;
}

/** Control characters, line separators and bidirectional marks. */
const UNPRINTABLE = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;

/**
 * `text` on one line: control characters, line separators and bidirectional marks become escapes such as `\n` or
 * `\u2028`.
 */
export function oneLine(text: string): string {
  return text.replace(UNPRINTABLE, (character) => {
    const quoted = JSON.stringify(character).slice(1, -1);
    return quoted === character ? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}` : quoted;
  });
}
