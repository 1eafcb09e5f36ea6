/** Ctrl-C and `kill` end a command between two steps, with the shell's exit codes; what is written so far stays. */
export function exitOnSignals(restoreTerminal: () => void): void {
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const) {
    process.once(signal, () => {
      restoreTerminal();
      process.stderr.write(`stopped by ${signal}\n`);
      process.exit(code);
    });
  }
}
