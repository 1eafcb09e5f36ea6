/**
 * The processes that a launcher started have failed, or a signal stopped them; the command ends with this exit code. The
 * message says what failed, and is empty after a signal.
 */
export class LaunchEnded extends Error {
  override readonly name = "LaunchEnded";
  readonly exitCode: number;

  constructor(exitCode: number, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}
