// npm run bench: a training step of this program and the same step in Python on the same LibTorch, alternating.
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { networks } from "../src/models/registry.js";
import { setThreads } from "../src/tensor/runtime.js";
import { runBenchmark } from "./arguments.js";
import { describeMachine, formatMachine } from "./machine.js";
import { betterLimits, formatLimits, measureLimits } from "./machine-limits.js";
import { peerFile } from "./peer-file.js";
import { type Precision, precisionName, samePrecision } from "./precision.js";
import { findPython, sameRelease } from "./python.js";
import { rotated, summarize } from "./statistics.js";
import { type StepOptions, stepOptions } from "./step-options.js";
import { type Measured, ratios, ratioTable, stepTable } from "./step-report.js";
import { trainingFlopsPerImage } from "./training-flops.js";
import { learningRateOf } from "./training-step.js";
import { type Ready, readySchema, timingsSchema, Worker } from "./worker-protocol.js";

const WARM_UP_STEPS = 3;
/** Those of peer/networks.py. */
const PEER_NETWORKS = ["resnet20", "vgg_small"];

/** Which command makes a worker of this side. */
interface Side {
  readonly who: Measured["who"];
  readonly executable: string;
  readonly args: readonly string[];
  readonly precisions: readonly Precision[];
}

interface Configuration {
  readonly who: Measured["who"];
  readonly precision: Precision;
  readonly worker: Worker;
  readonly stepSeconds: number[];
  peakRssBytes: number;
}

/**
 * A worker a configuration, set up and warm; `workers` has them from the moment they start, so that they can be ended.
 */
async function start(options: StepOptions, sides: readonly Side[], workers: Worker[]) {
  const configurations: Configuration[] = [];
  let ours: Ready | undefined;
  for (const [{ who, executable, args }, precision] of inTurn(sides)) {
    const worker = new Worker(`${who} ${precisionName(precision)}`, executable, args);
    workers.push(worker);
    const { network, batch, threads } = options;
    const settings = { network, batch, search: precision.search, threads, learningRate: learningRateOf(network) };
    const ready = await worker.request(settings, readySchema);
    if (who === "ours") ours = ready;
    await worker.request({ steps: WARM_UP_STEPS }, timingsSchema);
    configurations.push({ who, precision, worker, stepSeconds: [], peakRssBytes: 0 });
  }
  return { configurations, libtorch: ours?.libtorch ?? "unknown" };
}

/** The sides' configurations, those of one precision beside each other. */
function inTurn(sides: readonly Side[]): [Side, Precision][] {
  const order: Precision[] = [];
  for (const precision of sides.flatMap(({ precisions }) => precisions)) {
    if (!order.some((known) => samePrecision(known, precision))) order.push(precision);
  }
  return order.flatMap((precision) =>
    sides
      .filter(({ precisions }) => precisions.some((own) => samePrecision(own, precision)))
      .map((side): [Side, Precision] => [side, precision]),
  );
}

async function measure(options: StepOptions, configurations: readonly Configuration[]): Promise<Measured[]> {
  for (let round = 0; round < options.rounds; round++) {
    for (const configuration of rotated(configurations, round)) {
      const { seconds, peakRssBytes, loss } = await configuration.worker.request({ steps: 1 }, timingsSchema);
      if (loss === null) {
        throw new Error(`${configuration.who} ${precisionName(configuration.precision)}: the loss is no longer finite`);
      }
      configuration.stepSeconds.push(...seconds);
      configuration.peakRssBytes = peakRssBytes;
    }
    if (process.stderr.isTTY) process.stderr.write(`\rround ${round + 1} of ${options.rounds}`);
  }
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  return configurations.map(({ who, precision, stepSeconds, peakRssBytes }) => {
    return { who, precision, stepSeconds, summary: summarize(stepSeconds), peakRssBytes };
  });
}

/** The Python to compare with, or a sentence why there is none. */
function peerPython({ network, peerPrecisions }: StepOptions) {
  if (peerPrecisions.length === 0) return "no peer: --no-peer";
  if (!PEER_NETWORKS.includes(network)) return `no peer: it has ${PEER_NETWORKS.join(" and ")} alone`;
  return findPython();
}

await runBenchmark(async () => {
  const options = stepOptions();
  const { network, batch, threads, rounds } = options;
  const family = networks.get(network);
  if (family === undefined) throw new Error(`there is no network ${network}`);
  const machine = describeMachine();
  setThreads(threads);
  const limitsBefore = measureLimits();
  const flopsPerStep = batch * trainingFlopsPerImage(family);
  const python = peerPython(options);
  const script = fileURLToPath(new URL("ours.js", import.meta.url));
  const sides: Side[] = [{ who: "ours", executable: process.execPath, args: [script], precisions: options.precisions }];
  if (typeof python !== "string") {
    const args = ["-B", peerFile("step_worker.py")];
    sides.push({ who: "peer", executable: python.executable, args, precisions: options.peerPrecisions });
  }
  const workers: Worker[] = [];
  try {
    const { configurations, libtorch } = await start(options, sides, workers);
    console.log(formatMachine(machine));
    console.log(`${network}, batch ${batch}, ${threads} threads, ${rounds} rounds; LibTorch ${libtorch}`);
    console.log(`a step is ${(flopsPerStep / 1e9).toFixed(2)} GFLOP in convolutions and linear layers`);
    console.log(typeof python === "string" ? python : `peer: ${python.executable}, torch ${python.torch}`);
    if (typeof python !== "string" && !sameRelease(python.torch, libtorch)) {
      console.log(`warning: the peer's torch ${python.torch} is not our LibTorch ${libtorch}`);
    }
    console.log("one step of each in turn, the order rotated; OMP_WAIT_POLICY=passive in every worker");
    const measured = await measure(options, configurations);
    const limits = betterLimits(limitsBefore, measureLimits());
    console.log(formatLimits(limits));
    const quotients = ratios(measured);
    const scale = { batch, flopsPerStep, peakFlopsPerSecond: limits.flopsPerSecond };
    console.log(`\n${stepTable(measured, scale)}`);
    if (quotients.length > 0) console.log(`\n${ratioTable(quotients)}`);
    if (options.jsonPath !== null) {
      const report = { machine, limits, options, libtorch, python, flopsPerStep, measured, ratios: quotients };
      writeFileSync(options.jsonPath, `${JSON.stringify(report, null, 2)}\n`);
    }
  } finally {
    for (const worker of workers) await worker.close();
  }
});
