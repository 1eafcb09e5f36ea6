// Feeds inputs to targets as specified by the JSON object in its argument, and reports in JSON lines on standard
// output. A crash or a hang is its parent's to notice. Run by campaign.ts.
import { mkdtempSync, readFileSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { feedOne } from "./feed-one.js";
import { makeInput } from "./make-input.js";
import { plantedTargets } from "./planted-targets.js";
import { ProgressFile } from "./progress-file.js";
import { saveInput } from "./save-input.js";
import type { Target } from "./target.js";
import { targets } from "./targets.js";
import { type Finding, FUZZER_FAILED, type Report, type Work } from "./work.js";

/** Findings of one target after which it is left. */
const MAX_FINDINGS = 20;

const work = JSON.parse(process.argv[2] ?? "") as Work;
const progress = new ProgressFile(work.progressPath, "w");
let reportLate: (error: unknown) => void = () => undefined;
process.on("uncaughtException", (error) => reportLate(error));

try {
  for (const [number, name] of work.targets.entries()) {
    if (number < work.start.target) continue;
    const target = [...targets, ...plantedTargets].find((each) => each.name === name);
    if (target === undefined) throw new RangeError(`no target ${name}`);
    await runTarget(target, number);
  }
  process.exit(0);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
  process.exit(FUZZER_FAILED);
}

async function runTarget(target: Target, number: number): Promise<void> {
  const { name } = target;
  const start = number === work.start.target ? work.start : { index: 0, accepted: 0, refused: 0, seconds: 0 };
  let { index, accepted, refused } = start;
  progress.write({ target: number, index, accepted, refused, seconds: start.seconds });
  const folder = mkdtempSync(join(work.scratch, `${name}-`));
  const feed = await target.prepare(folder);
  const ownSeeds = await target.seeds();
  // What loads with the first input, LibTorch and decoders, is not that input's memory.
  await feedOne(target, feed, ownSeeds[0] ?? new Uint8Array(0), folder);
  const seeds = work.replay === null ? ownSeeds : [readFileSync(work.replay)];
  const began = performance.now();
  const seen = new Set<string>();
  const seconds = () => start.seconds + (performance.now() - began) / 1000;
  const end = work.replay === null ? (work.inputs ?? Number.POSITIVE_INFINITY) : 1;
  for (; index < end && seconds() < (work.seconds ?? Number.POSITIVE_INFINITY); index++) {
    progress.write({ target: number, index, accepted, refused, seconds: seconds() });
    const input = makeInput(target, seeds, work.seed, index);
    const found = (kind: Finding["kind"], what: string): void => {
      // The same message apart from digits is the same defect.
      const key = kind + what.replaceAll(folder, "").replaceAll(/\d+/g, "").slice(0, 80);
      if (seen.has(key) || seen.size >= MAX_FINDINGS) return;
      seen.add(key);
      report({ type: "finding", target: name, index, kind, what, path: saveInput(work.findings, name, input) });
    };
    reportLate = (error) => found("error", `threw where it could not be caught: ${error}`);
    const outcome = await feedOne(target, feed, input, folder);
    if (outcome.kind === "accepted") accepted++;
    else if (outcome.kind === "refused") refused++;
    else found(outcome.kind, outcome.what);
    if (work.replay !== null && outcome.kind === "refused") process.stderr.write(`refused: ${outcome.message}\n`);
  }
  // What failed without being caught has failed by now, unless it waits for the outside.
  await new Promise((resolve) => setImmediate(resolve));
  rmSync(folder, { recursive: true, force: true });
  report({ type: "target", target: name, tried: index, accepted, refused, seconds: seconds() });
}

function report(line: Report): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
}
