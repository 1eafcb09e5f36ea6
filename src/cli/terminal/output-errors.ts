/** The shells' exit code for a program whose output nobody reads any more (128 + SIGPIPE). */
const NOBODY_READS = 141;

/**
 * Ends the command when its output cannot be written: in silence when nobody reads it any more (`| head -1`), as other
 * programs do, else with one line, for a full disk say. Node would print a stack trace.
 */
export function exitOnOutputErrors(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(NOBODY_READS);
    process.stderr.write(`error: standard output: cannot be written: ${error.message}\n`);
    process.exit(1);
  });
  // There is nowhere left to say so.
  process.stderr.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? NOBODY_READS : 1));
}
