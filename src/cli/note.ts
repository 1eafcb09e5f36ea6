/** Tells the user, on standard error, how something they gave was understood. */
export function note(text: string): void {
  process.stderr.write(`note: ${text}\n`);
}
