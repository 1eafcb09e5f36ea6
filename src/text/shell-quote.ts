/** Quotes an argument for a shell, in single quotes if it needs any. */
export function shellQuote(word: string): string {
  const isPlain = /^[\w./:@%+,=-]+$/.test(word);
  return isPlain ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Joins arguments to a shell command line. */
export function shellCommand(words: readonly string[]): string {
  return words.map(shellQuote).join(" ");
}
