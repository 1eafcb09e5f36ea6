import { progressText } from "../run/progress.js";
import { StoppedBySignal } from "../system/signals.js";
import type { PlaceOptions, ResumedRun, TrainOptions, TrainResult } from "../train/options.js";
import { checkpointFolder } from "../train/run-checkpoints.js";
import { train } from "../train/train.js";
import { AUTO } from "./options/parsers.js";
import { newRunOptions, optionsOf, type TrainFlags } from "./options/train.js";
import { explainFailure } from "./terminal/explain-failure.js";
import { note, skipped } from "./terminal/note.js";
import { downloadProgress } from "./terminal/progress.js";
import { resumeCommand } from "./terminal/resume-command.js";
import { isLive } from "./terminal/style.js";
import { TerminalLogger } from "./terminal/terminal-logger.js";

/**
 * Runs `weight-search train`: trains as the flags say and reports on the terminal.
 * @throws InputError for wrong flags and files; StoppedBySignal if a signal stopped it
 */
export async function runTraining(flags: TrainFlags): Promise<void> {
  const terminal = new TerminalLogger(process.stdout, flags);
  const download = downloadProgress(process.stderr);
  const options = {
    ...runOptions(flags),
    loggers: [terminal],
    note,
    skipped,
    onDownload: download.update,
    signals: signalAnswers(flags),
  } satisfies PlaceOptions;
  try {
    const result = await train(options).finally(() => {
      download.clear();
      terminal.clear();
    });
    if (result.outcome === "stopped") throw stopped(result);
  } catch (error) {
    throw explainFailure(error);
  }
}

function runOptions(flags: TrainFlags): TrainOptions | ResumedRun {
  const { resume } = flags;
  if (resume === undefined || resume === AUTO) return newRunOptions(flags);
  const { save: _, workDir: __, seed: ___, ...options } = optionsOf(flags);
  return { ...options, resume };
}

/** What signals are answered with: on a terminal that shows a bar, in its place and with the cursor back. */
function signalAnswers({ quiet = false }: TrainFlags) {
  const [line, cursor] =
    isLive(process.stderr) && isLive(process.stdout) && !quiet ? ["\r\x1b[K", "\x1b[?25h"] : ["", ""];
  return {
    first: `${line}stopping after this step; once more to stop at once\n`,
    second: `${line}${cursor}stopped at once\n`,
  };
}

/** The end of a run that a signal stopped, after its last checkpoint. */
function stopped({ signal, directory, isLeader }: TrainResult): StoppedBySignal {
  const by = signal ?? "SIGTERM";
  if (!isLeader) return new StoppedBySignal(by, "", false);
  if (directory === null) return new StoppedBySignal(by, ": nothing was saved (--no-save)");
  const { progress } = checkpointFolder(directory).newest();
  return new StoppedBySignal(by, ` after ${progressText(progress)}; to resume: ${resumeCommand(directory)}`);
}
