/**
 * A command ends with this exit code: the launched processes failed or were stopped by a signal, or the set-up failed. The
 * message says what failed, and is empty after a signal, or where it was reported already.
 */
export class CommandEnded extends Error {
  override readonly name = "CommandEnded";
  readonly exitCode: number;

  constructor(exitCode: number, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}
