/**
 * The launched processes failed or were stopped by a signal; the command ends with this exit code. The message says
 * what failed, and is empty after a signal.
 */
export class LaunchEnded extends Error {
  override readonly name = "LaunchEnded";
  readonly exitCode: number;

  constructor(exitCode: number, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}
