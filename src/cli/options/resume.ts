import type { Command } from "commander";
import { InputError } from "../../text/errors.js";
import { LAUNCH_FLAGS } from "./launch.js";

/** What may be said anew when a run is gone on with: where and how it is computed, not what. */
const ALLOWED: ReadonlySet<string> = new Set([
  "resume",
  "path",
  "download",
  "downloadUrl",
  "workers",
  "onBadImage",
  "device",
  "gpu",
  "threads",
  "checkpointMinutes",
  "onNan",
  "syncBn",
  "localRank",
  "backend",
  "distTimeout",
  "verbose",
  ...Object.keys(LAUNCH_FLAGS),
]);

/** Refuses flags, as typed, that a run brought along itself. Throws InputError naming the first one. */
export function checkResumeFlags(command: Command): void {
  const typed = command.options.filter((option) => command.getOptionValueSource(option.attributeName()) === "cli");
  const wrong = typed.find((option) => {
    const isNoSave = option.negate && command.getOptionValue(option.attributeName()) === false;
    const isSave = !option.negate && option.attributeName() === "save";
    return !ALLOWED.has(option.attributeName()) && !isSave && (!option.negate || isNoSave);
  });
  if (wrong === undefined) return;
  throw new InputError(
    `option ${wrong.long}: expected none with --resume, since the run's own config.json says it; --resume takes the run and, ` +
      "where these differ from before, -p/--path, --device, --gpu, --threads, --workers, --on-bad-image, --on-nan, " +
      "--checkpoint-minutes, --backend, --dist-timeout and -v",
  );
}
