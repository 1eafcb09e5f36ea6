import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { makeInput } from "./make-input.js";
import { plantedTargets } from "./planted-targets.js";
import { type Progress, ProgressFile } from "./progress-file.js";
import { saveInput } from "./save-input.js";
import { makeScratch } from "./scratch.js";
import { targets } from "./targets.js";
import { type Finding, FUZZER_FAILED, type Report, type Start, type TargetReport, type Work } from "./work.js";

const CHILD = fileURLToPath(new URL("./child.js", import.meta.url));
/** Seconds after which an input that is still being worked on hangs; other processes may slow it down. */
const HANG_SECONDS = 20;
const POLL_MILLISECONDS = 250;
/** Crashes and hangs of one target after which it is left. */
const MAX_CRASHES = 10;

export interface CampaignOptions {
  readonly targets: readonly string[];
  readonly seed: number;
  /** Inputs of each target, or `null` for as many as `seconds` allow. */
  readonly inputs: number | null;
  /** Seconds for each target, or `null` for as long as `inputs` take. */
  readonly seconds: number | null;
  /** Where inputs that were badly taken are saved. */
  readonly findings: string;
  readonly replay?: string;
  readonly hangSeconds?: number;
  readonly maxCrashes?: number;
  /** Called with each finding as it is made. */
  readonly onFinding?: (finding: Finding) => void;
}

const NOTHING_DONE = { index: 0, accepted: 0, refused: 0, seconds: 0 };

export interface CampaignResult {
  readonly targets: readonly TargetReport[];
  readonly findings: readonly Finding[];
}

/**
 * Feeds all targets in a child process; after a crash or a hang, another one continues with the next input, or with the
 * next target where that was one too many.
 */
export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const scratch = makeScratch("fuzz");
  const done: TargetReport[] = [];
  const findings: Finding[] = [];
  const onReport = (report: Report): void => {
    if (report.type === "target") {
      done.push(report);
      return;
    }
    findings.push(report);
    options.onFinding?.(report);
  };
  const { replay = null, ...rest } = options;
  const work = { ...rest, replay, scratch, progressPath: join(scratch, "progress") };
  try {
    const crashes = new Map<string, number>();
    let start: Start | null = { target: 0, ...NOTHING_DONE };
    while (start !== null && start.target < options.targets.length) {
      const stopped = await runChild({ ...work, start }, options.hangSeconds ?? HANG_SECONDS, onReport);
      if (stopped === null) break;
      const { progress } = stopped;
      const finding = await findingOf(stopped, options);
      onReport(finding);
      const { target } = finding;
      const times = (crashes.get(target) ?? 0) + 1;
      crashes.set(target, times);
      const isLeft = times >= (options.maxCrashes ?? MAX_CRASHES);
      if (isLeft) onReport({ ...progress, type: "target", target, tried: progress.index + 1 });
      start = isLeft ? { target: progress.target + 1, ...NOTHING_DONE } : { ...progress, index: progress.index + 1 };
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return { targets: done, findings };
}

interface Stopped {
  readonly kind: "crash" | "hang";
  readonly what: string;
  readonly progress: Progress;
}

/** Runs a child process to its end: `null` when it did all its work. */
async function runChild(work: Work, hangSeconds: number, onReport: (report: Report) => void): Promise<Stopped | null> {
  const child = spawn(process.execPath, ["--max-old-space-size=1024", CHILD, JSON.stringify(work)], {
    stdio: ["ignore", "pipe", work.replay === null ? "pipe" : "inherit"],
    env: { ...process.env, OMP_NUM_THREADS: "1" },
  });
  let errors = "";
  child.stderr?.on("data", (chunk) => {
    errors = `${errors}${chunk}`.slice(-2000);
  });
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on("line", (line) => onReport(JSON.parse(line)));
  let hangs = false;
  const watchdog = setInterval(watch(work.progressPath, hangSeconds, onHang), POLL_MILLISECONDS);
  function onHang(): void {
    hangs = true;
    child.kill("SIGKILL");
  }
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (...ended) => resolve(ended));
  });
  clearInterval(watchdog);
  if (code === 0) return null;
  const progress = lastProgress(work.progressPath);
  if (progress === undefined || code === FUZZER_FAILED) throw new Error(`the fuzzer failed: ${errors}`);
  if (hangs) return { kind: "hang", what: `no end after ${hangSeconds} seconds`, progress };
  return { kind: "crash", what: `the process ended with ${signal ?? `code ${code}`}: ${errors}`, progress };
}

/** A function to be called again and again, which calls `onHang` once the same input has taken too long. */
function watch(progressPath: string, hangSeconds: number, onHang: () => void): () => void {
  let last: Progress | undefined;
  let since = performance.now();
  return () => {
    const now = lastProgress(progressPath);
    if (now === undefined || now.index !== last?.index || now.target !== last.target) since = performance.now();
    else if (performance.now() - since > hangSeconds * 1000) onHang();
    last = now;
  };
}

function lastProgress(path: string): Progress | undefined {
  try {
    const file = new ProgressFile(path, "r");
    try {
      return file.read();
    } finally {
      file.close();
    }
  } catch {
    return undefined;
  }
}

/** The input is made again, as its process could not save it. */
async function findingOf({ kind, what, progress }: Stopped, options: CampaignOptions): Promise<Finding> {
  const name = options.targets[progress.target] ?? "";
  const { index } = progress;
  if (options.replay !== undefined) return { type: "finding", target: name, index, kind, what, path: options.replay };
  const target = [...targets, ...plantedTargets].find((each) => each.name === name);
  if (target === undefined) throw new RangeError(`no target ${name}`);
  const input = makeInput(target, await target.seeds(), options.seed, index);
  return { type: "finding", target: name, index, kind, what, path: saveInput(options.findings, name, input) };
}
