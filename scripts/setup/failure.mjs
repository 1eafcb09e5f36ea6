/** A step of the set-up failed. `setup.mjs` prints the message, without a stack, and exits with `exitCode`. */
export class SetupFailure extends Error {
  /**
   * @param {string[]} lines what went wrong, then what mends it
   * @param {number} [exitCode] 1 where a step failed, 2 where the person has something to install
   */
  constructor(lines, exitCode = 1) {
    super(lines.join("\n"));
    this.exitCode = exitCode;
  }
}
