// npm run bench:scaling: `weight-search train` in one and in several processes on this machine: throughput, bytes sent
// per step, the time of sums, and their timeline within a step.
import { loadValueSet } from "../src/config/value-set-file.js";
import type { ReductionTimeline } from "../src/distributed/reduction-timeline.js";
import { networks } from "../src/models/registry.js";
import { versions } from "../src/tensor/runtime.js";
import { InputError } from "../src/text/errors.js";
import { fitLink } from "./all-reduce-model.js";
import { countOption, parseOptions, runBenchmark } from "./arguments.js";
import { describeMachine, formatMachine } from "./machine.js";
import { trafficOf } from "./network-traffic.js";
import { valueSetName } from "./precision.js";
import { bytesTable, communicationTable, type MeasuredRuns, sumsTable, throughputTable } from "./scaling-report.js";
import { type RunFigures, type RunSettings, runsApart, trainingRun } from "./scaling-runs.js";
import { drawTimeline, medianTimeline } from "./scaling-timeline.js";
import { runWorkers } from "./scaling-workers.js";
import { rotated, summarize } from "./statistics.js";

/** Images of the built-in data set's training part. */
const IMAGES = 10_000;
/** Whose bytes are counted: 2, 4 and 16 values, and none. */
const COUNTED = ["0", "1", "2", "4"];
/** How often each sum is taken. */
const SUMS = 31;
/** Steps of which the median one is drawn. */
const STEPS = 21;

interface Options extends RunSettings {
  readonly processes: number;
  readonly rounds: number;
}

function readOptions(): Options {
  const given = parseOptions({
    arch: { type: "string", default: "resnet20" },
    bits: { type: "string", default: "0" },
    batch: { type: "string", default: "64" },
    threads: { type: "string", default: "1" },
    processes: { type: "string", default: "2" },
    rounds: { type: "string", default: "7" },
    batches: { type: "string", default: "40" },
  });
  const count = (name: "batch" | "threads" | "processes" | "rounds" | "batches") => countOption(name, given[name]);
  const [batchPerProcess, processes, batches] = [count("batch"), count("processes"), count("batches")];
  if (processes < 2) throw new InputError(`--processes: expected 2 at least, found ${processes}`);
  const most = Math.floor(IMAGES / (batchPerProcess * processes));
  if (batches > most) {
    throw new InputError(`--batches: expected at most ${most}, which use up the ${IMAGES} images, found ${batches}`);
  }
  if (!networks.has(given.arch)) throw new InputError(`there is no network "${given.arch}"`);
  const values = valueSetName("bits", given.bits);
  const [threads, rounds] = [count("threads"), count("rounds")];
  return { arch: given.arch, values, batchPerProcess, threads, batches, epochs: 2, processes, rounds };
}

/** One process, several, and as many independent ones, one after the other in every round. */
async function measureRuns({ processes, rounds, ...settings }: Options): Promise<MeasuredRuns[]> {
  const several: { name: string; processes: number; run: () => Promise<RunFigures>; runs: RunFigures[] }[] = [
    { name: "1 process", processes: 1, run: () => trainingRun(settings, 1), runs: [] },
    { name: `${processes} processes`, processes, run: () => trainingRun(settings, processes), runs: [] },
    { name: `${processes} × 1 process, apart`, processes, run: () => runsApart(settings, processes), runs: [] },
  ];
  for (let round = 0; round < rounds; round++) {
    for (const { run, runs } of rotated(several, round)) runs.push(await run());
    if (process.stderr.isTTY) process.stderr.write(`\rround ${round + 1} of ${rounds}`);
  }
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  return several;
}

async function countBytes({ arch, processes, threads }: Options) {
  const counted = [];
  for (const bits of COUNTED) {
    const values = valueSetName("bits", bits);
    const settings = { arch, values, threads, batchPerProcess: 8, batches: 2, epochs: 1 };
    const { communication } = await trainingRun(settings, processes);
    if (communication === null) throw new Error("several processes said nothing of what they sent");
    const set = values === null ? null : loadValueSet(values, console.error);
    const traffic = trafficOf(arch, set && { values: set, firstLayer: false, lastLayer: false });
    const bytes = communication.bytes / communication.steps;
    counted.push({ name: values ?? "float", values: set?.length ?? 0, bytes, traffic });
  }
  return counted;
}

async function measureSums({ threads, processes }: Options) {
  const lines = await runWorkers("all-reduce-worker.js", [threads, SUMS], processes);
  return lines.map((line) => {
    const { bytes, seconds }: { bytes: number; seconds: number[] } = JSON.parse(line);
    const summary = summarize(seconds);
    return { bytes, seconds: summary.median, summary };
  });
}

async function measureTimeline({ arch, batchPerProcess, threads, processes }: Options): Promise<ReductionTimeline> {
  const lines = await runWorkers("timeline-worker.js", [arch, batchPerProcess, threads, STEPS], processes);
  return medianTimeline(lines.map((line): ReductionTimeline => JSON.parse(line)));
}

await runBenchmark(async () => {
  const options = readOptions();
  const { arch, values, batchPerProcess, threads, processes, rounds, batches } = options;
  console.log(formatMachine(describeMachine()));
  console.log(
    `${arch}, ${values ?? "float"}, batch ${batchPerProcess} a process, ${threads} threads a process, ${rounds} rounds of ` +
      `2 × ${batches} steps each, of which the second half counts; Gloo over loopback; LibTorch ${versions().libtorch}`,
  );
  const runs = await measureRuns(options);
  console.log(`\n${throughputTable(runs)}\n\n${communicationTable(runs)}`);
  console.log(`\n${bytesTable(await countBytes(options))}`);
  const sums = await measureSums(options);
  const link = fitLink(sums);
  console.log(`\nsums over ${processes} processes, each ${SUMS} times\n${sumsTable(sums, link)}`);
  const [micro, rate] = [(1e6 * link.alphaSeconds).toFixed(0), (link.bytesPerSecond / 1e9).toFixed(2)];
  console.log(`t = α + n / β, relative least squares: α = ${micro} µs, β = ${rate} GB/s`);
  const timeline = await measureTimeline(options);
  console.log(`\nthe median of ${STEPS} steps of ${arch}, float\n${drawTimeline(timeline)}`);
});
