import { hearStopSignals, SIGNAL_EXIT_CODES, type StopListener, type StopSignal } from "../system/signals.js";
import { freePort } from "./free-port.js";
import { LaunchedGroup } from "./launched-group.js";
import { type CommandLine, LaunchedProcess, type Outputs } from "./launched-process.js";
import { type Machines, placeVariables } from "./place-variables.js";

/** Grace period of processes that are stopped after another failed. */
const GRACE_MS = 10_000;

/** Grace period after a second signal. */
const SECOND_SIGNAL_MS = 5_000;

/** Which processes are started, and how often. */
export interface LaunchSettings extends Machines {
  /** `null` for a free one, chosen at each start. */
  readonly masterPort: number | null;
  /** How often all processes are restarted after one of them failed. */
  readonly maxRestarts: number;
}

export interface LaunchOptions extends LaunchSettings {
  /** The same for every process. */
  readonly command: CommandLine;
  /** Inherited environment; the variables of each rank are added. */
  readonly environment: NodeJS.ProcessEnv;
  readonly outputs: Outputs;
  /** Called for every restart, with one line. */
  readonly note: (text: string) => void;
  readonly graceMs?: number;
  readonly secondSignalMs?: number;
}

/** How a launch ended. */
export interface LaunchEnd {
  /**
   * 0, the exit code of the process that failed first, 1 if a signal ended that, 130 or 143 after a signal to the
   * launcher.
   */
  readonly exitCode: number;
  /** What failed, in one line; `null` if nothing did. */
  readonly error: string | null;
}

/**
 * Starts the processes of a run on this machine and waits until none is left, whatever happens. Stop signals are
 * forwarded. When a process fails, the others are ended and all are restarted as often as allowed; not after exit code
 * 2, bad input, which would fail again. If the launcher itself ends first, its processes are killed.
 */
export async function launch(options: LaunchOptions): Promise<LaunchEnd> {
  const launcher = new Launcher(options);
  const forgetSignals = hearStopSignals(launcher);
  const kill = () => launcher.kill();
  process.on("exit", kill);
  try {
    return await launcher.run();
  } finally {
    launcher.close();
    forgetSignals();
    process.off("exit", kill);
  }
}

class Launcher implements StopListener {
  readonly #options: LaunchOptions;
  #group: LaunchedGroup | null = null;
  /** The first stop signal. */
  #signal: StopSignal | null = null;
  #lastMoment: NodeJS.Timeout | undefined;

  constructor(options: LaunchOptions) {
    this.#options = options;
  }

  async run(): Promise<LaunchEnd> {
    for (let restartCount = 0; ; restartCount++) {
      const masterPort = this.#options.masterPort ?? (await freePort());
      if (this.#signal !== null) return stopped(this.#signal);
      this.#group = this.#start(masterPort, restartCount);
      const end = await this.#group.ended;
      if (end.how === "finished") return { exitCode: 0, error: null };
      if (end.how === "stopped") return stopped(end.signal);

      const { code, startError } = end.cause;
      const others = end.endedOthers ? "; the other processes were ended" : "";
      const { maxRestarts } = this.#options;
      const canHelp = this.#signal === null && code !== 2 && startError === null;
      if (!canHelp || restartCount >= maxRestarts) {
        const usedUp = canHelp && maxRestarts > 0 ? `; no restart is left of ${maxRestarts}` : "";
        return { exitCode: code ?? 1, error: end.text + others + usedUp };
      }
      this.#options.note(`${end.text}; restart ${restartCount + 1} of ${maxRestarts}`);
    }
  }

  /** Forwards a stop signal to the processes, and kills them soon after a second one. */
  stop(signal: StopSignal): void {
    this.#group?.stop(signal);
    if (this.#signal !== null) {
      this.#lastMoment ??= setTimeout(() => this.kill(), this.#options.secondSignalMs ?? SECOND_SIGNAL_MS);
    }
    this.#signal ??= signal;
  }

  hangUp(): void {
    this.#group?.muteTerminals();
  }

  kill(): void {
    this.#group?.kill();
  }

  close(): void {
    clearTimeout(this.#lastMoment);
  }

  #start(masterPort: number, restartCount: number): LaunchedGroup {
    const { command, environment, outputs, localWorldSize, graceMs = GRACE_MS } = this.#options;
    const processes = Array.from({ length: localWorldSize }, (_, localRank) => {
      const place = placeVariables(this.#options, localRank, masterPort, restartCount);
      return new LaunchedProcess(command, Number(place.RANK), { ...environment, ...place }, outputs);
    });
    return new LaunchedGroup(processes, graceMs);
  }
}

function stopped(signal: StopSignal): LaunchEnd {
  return { exitCode: SIGNAL_EXIT_CODES[signal], error: null };
}
