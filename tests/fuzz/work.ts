/** The exit code of a child process that failed by itself, not by what it fed. */
export const FUZZER_FAILED = 3;

/** The work of a child process: which inputs of which targets it feeds. */
export interface Work {
  readonly targets: readonly string[];
  readonly seed: number;
  /** Inputs of each target. */
  readonly inputs: number | null;
  /** Seconds for each target. */
  readonly seconds: number | null;
  /** Where to continue after a crash, with the counts until then. */
  readonly start: Start;
  /** Folders for scratch files and for inputs that were badly taken. */
  readonly scratch: string;
  readonly findings: string;
  readonly progressPath: string;
  /** A file that is the only input. */
  readonly replay: string | null;
}

export interface Start {
  readonly target: number;
  readonly index: number;
  readonly accepted: number;
  readonly refused: number;
  readonly seconds: number;
}

/** The reports of a child process, one JSON object per line. */
export type Report = Finding | TargetReport;

/** An input that a parser took badly. */
export interface Finding {
  readonly type: "finding";
  readonly target: string;
  readonly index: number;
  readonly kind: "error" | "slow" | "memory" | "hang" | "crash";
  readonly what: string;
  /** The saved input. */
  readonly path: string;
}

export interface TargetReport {
  readonly type: "target";
  readonly target: string;
  readonly tried: number;
  readonly accepted: number;
  readonly refused: number;
  readonly seconds: number;
}
