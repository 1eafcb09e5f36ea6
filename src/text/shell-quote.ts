/** A word as a person types it into a shell, in single quotes where the shell would take it for something else. */
export function shellQuote(word: string): string {
  const isPlain = /^[\w./:@%+,=-]+$/.test(word);
  return isPlain ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A command line of such words. */
export function shellCommand(words: readonly string[]): string {
  return words.map(shellQuote).join(" ");
}
