import type { UserFile } from "../system/user-module.js";
import type { Note } from "./options.js";

/** Notes that code of the user's is no longer what a run began with. */
export function noteChange(recorded: UserFile, found: UserFile | null, note: Note): void {
  if (found?.sha256 === recorded.sha256) return;
  note(`${recorded.path} has changed since the run began: results may differ from those of an uninterrupted run`);
}
