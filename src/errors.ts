/**
 * Something a user gave (a flag, a file, a value) is wrong. The command line prints the message as one line and exits
 * with code 2; the message names the file or flag, the key, what was expected and what was found.
 */
export class InputError extends Error {
  override readonly name = "InputError";
}
