import { reason } from "../../system/file-access.js";

/** The shells' exit code for a program whose output pipe was closed (128 + SIGPIPE). */
const BROKEN_PIPE = 141;

/**
 * Ends the command if its output cannot be written: silently if the pipe was closed (`| head -1`), as other programs
 * do, else with one line, as for a full disk. Node would print a stack trace.
 */
export function exitOnOutputErrors(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(BROKEN_PIPE);
    process.stderr.write(`error: standard output: cannot be written: ${reason(error)}\n`);
    process.exit(1);
  });
  // There is nowhere left to report it.
  process.stderr.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? BROKEN_PIPE : 1));
}
