/** Lines about the set-up go to stderr, so that a command's own output can be piped. */
export function say(line) {
  process.stderr.write(`setup: ${line}\n`);
}

/** Overwrites the terminal's last line, where there is a terminal; an empty text clears it. */
export function showProgress(text) {
  if (!process.stderr.isTTY) return;
  process.stderr.write(`\r\x1b[K${text.slice(0, (process.stderr.columns || 80) - 1)}`);
}
