// npm run bench: a training step of ours beside the same step in Python on the same LibTorch, one step of each in turn.
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { runBenchmark } from "./arguments.js";
import { describeMachine, formatMachine } from "./machine.js";
import { peerFile } from "./peer-file.js";
import { findPython, sameRelease } from "./python.js";
import { rotated, summarize } from "./statistics.js";
import { type StepOptions, stepOptions } from "./step-options.js";
import { type Measured, precisionName, ratios, ratioTable, stepTable } from "./step-report.js";
import { type Ready, readySchema, timingsSchema, Worker } from "./worker-protocol.js";

const WARM_UP_STEPS = 3;
/** As in the recipes' first epoch, so that the loss stays finite. */
const LEARNING_RATES: ReadonlyMap<string, number> = new Map([["resnet20", 0.1]]);
const OTHER_LEARNING_RATE = 0.02;

/** Which command makes a worker of this side. */
interface Side {
  readonly who: Measured["who"];
  readonly executable: string;
  readonly args: readonly string[];
}

interface Configuration {
  readonly who: Measured["who"];
  readonly bits: number;
  readonly worker: Worker;
  readonly stepSeconds: number[];
  peakRssBytes: number;
}

/** A worker a configuration, set up and warm; `workers` has them from the moment they start, so that they can be ended. */
async function start(options: StepOptions, sides: readonly Side[], workers: Worker[]) {
  const configurations: Configuration[] = [];
  let ours: Ready | undefined;
  for (const { bits, values } of options.precisions) {
    for (const { who, executable, args } of sides) {
      const worker = new Worker(`${who} ${precisionName(bits)}`, executable, args);
      workers.push(worker);
      const { network, batch, threads } = options;
      const learningRate = LEARNING_RATES.get(network) ?? OTHER_LEARNING_RATE;
      const ready = await worker.request({ network, batch, values, threads, learningRate }, readySchema);
      if (who === "ours") ours = ready;
      await worker.request({ steps: WARM_UP_STEPS }, timingsSchema);
      configurations.push({ who, bits, worker, stepSeconds: [], peakRssBytes: 0 });
    }
  }
  return { configurations, libtorch: ours?.libtorch ?? "unknown" };
}

async function measure(options: StepOptions, configurations: readonly Configuration[]): Promise<Measured[]> {
  for (let round = 0; round < options.rounds; round++) {
    for (const configuration of rotated(configurations, round)) {
      const { seconds, peakRssBytes, loss } = await configuration.worker.request({ steps: 1 }, timingsSchema);
      if (loss === null) {
        throw new Error(`${configuration.who} ${precisionName(configuration.bits)}: the loss is no longer finite`);
      }
      configuration.stepSeconds.push(...seconds);
      configuration.peakRssBytes = peakRssBytes;
    }
    if (process.stderr.isTTY) process.stderr.write(`\rround ${round + 1} of ${options.rounds}`);
  }
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  return configurations.map(({ who, bits, stepSeconds, peakRssBytes }) => {
    return { who, bits, stepSeconds, summary: summarize(stepSeconds), peakRssBytes };
  });
}

await runBenchmark(async () => {
  const options = stepOptions();
  const machine = describeMachine();
  const python = options.peer ? findPython() : "no peer: --no-peer";
  const sides: Side[] = [
    { who: "ours", executable: process.execPath, args: [fileURLToPath(new URL("ours.js", import.meta.url))] },
  ];
  if (typeof python !== "string") {
    sides.push({ who: "peer", executable: python.executable, args: ["-B", peerFile("step_worker.py")] });
  }
  const workers: Worker[] = [];
  try {
    const { configurations, libtorch } = await start(options, sides, workers);
    const { network, batch, threads, rounds } = options;
    console.log(formatMachine(machine));
    console.log(`${network}, batch ${batch}, ${threads} threads, ${rounds} rounds; LibTorch ${libtorch}`);
    console.log(typeof python === "string" ? python : `peer: ${python.executable}, torch ${python.torch}`);
    if (typeof python !== "string" && !sameRelease(python.torch, libtorch)) {
      console.log(`warning: the peer's torch ${python.torch} is not our LibTorch ${libtorch}`);
    }
    console.log("one step of each in turn, the order rotated; OMP_WAIT_POLICY=passive in every worker");
    const measured = await measure(options, configurations);
    const quotients = ratios(measured);
    console.log(`\n${stepTable(measured, batch)}\n\n${ratioTable(quotients)}`);
    if (options.jsonPath !== null) {
      const report = { machine, options, libtorch, python, measured, ratios: quotients };
      writeFileSync(options.jsonPath, `${JSON.stringify(report, null, 2)}\n`);
    }
  } finally {
    for (const worker of workers) await worker.close();
  }
});
