// node dist/benchmarks/scaling-model.js: what a step of 8 to 1,024 GPUs would take by a model, from assumptions that are arguments.

import { networks } from "../src/models/registry.js";
import { InputError } from "../src/text/errors.js";
import { countOption, parseOptions, runBenchmark } from "./arguments.js";
import { type Traffic, trafficOf } from "./network-traffic.js";
import { type Assumptions, predictStep, type StepPrediction } from "./step-prediction.js";
import { formatTable } from "./table.js";
import { trainingFlopsPerImage } from "./training-flops.js";

const PROCESSES = [8, 16, 32, 64, 128, 256, 512, 1024];

function positive(name: string, text: string): number {
  const value = /^\d*\.?\d+(?:e-?\d+)?$/.test(text) ? Number(text) : 0;
  if (value > 0) return value;
  throw new InputError(`--${name}: expected a number above 0, found "${text}"`);
}

function predictionTable(predictions: readonly StepPrediction[], computeMs: (processes: number) => number): string {
  const ms = (seconds: number) => (1000 * seconds).toFixed(2);
  const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
  const rows = predictions.map((one) => [
    String(one.processes),
    computeMs(one.processes).toFixed(2),
    ms(one.ringSeconds),
    ms(one.treeSeconds),
    ms(one.waitSeconds),
    percent(one.gradients),
    ms(one.exchangeSeconds),
    percent(one.withExchange),
    ms(one.syncSeconds),
    percent(one.withSyncBn),
  ]);
  const head = ["GPUs", "compute", "ring", "tree", "wait", "eff.", "exchange", "eff.", "sync-bn", "eff."];
  return formatTable([head, ...rows]);
}

function trafficText({ gradientBytes, bucketBytes, runningBytes, syncBytes }: Traffic): string {
  const syncSum = syncBytes.reduce((total, bytes) => total + bytes, 0);
  return (
    `${gradientBytes} bytes of gradients in ${bucketBytes.length} buckets (${bucketBytes.join(", ")}); ${runningBytes} of running ` +
    `statistics, or with --sync-bn ${syncSum} in ${syncBytes.length} sums`
  );
}

await runBenchmark(() => {
  const given = parseOptions({
    networks: { type: "string", default: "resnet20,vgg_small,resnet18" },
    batch: { type: "string", default: "128" },
    "global-batch": { type: "string" },
    tflops: { type: "string", default: "23" },
    "least-step-ms": { type: "string", default: "5" },
    backward: { type: "string", default: "0.667" },
    "ring-us": { type: "string", default: "4" },
    "tree-us": { type: "string", default: "8.5" },
    "gigabytes-per-second": { type: "string", default: "50" },
    "tcp-us": { type: "string", default: "30" },
  });
  const number = (name: Exclude<keyof typeof given, "networks" | "global-batch">) => positive(name, given[name]);
  const link = (alphaUs: number) => ({
    alphaSeconds: 1e-6 * alphaUs,
    bytesPerSecond: 1e9 * number("gigabytes-per-second"),
  });
  const backwardShare = number("backward");
  const [ring, tree, tcp] = [link(number("ring-us")), link(number("tree-us")), link(number("tcp-us"))];
  const assumptions: Assumptions = { ring, tree, tcp, backwardShare };
  const globalBatch = given["global-batch"] === undefined ? null : countOption("global-batch", given["global-batch"]);
  const batch = countOption("batch", given.batch);
  const shown = Object.entries(given).map(([name, value]) => `--${name} ${value}`);
  const families = given.networks.split(",").map((name) => {
    const family = networks.get(name);
    if (family === undefined) throw new InputError(`there is no network "${name}"`);
    return { name, traffic: trafficOf(name, null), flops: trainingFlopsPerImage(family) };
  });
  const [minMs, flopsPerMs] = [number("least-step-ms"), 1e9 * number("tflops")];
  console.log(`${shown.join(" ")}\ntimes in ms; nothing here was measured`);
  for (const { name, traffic, flops } of families) {
    const computeMs = (processes: number) => {
      const images = globalBatch === null ? batch : globalBatch / processes;
      return Math.max(minMs, (images * flops) / flopsPerMs);
    };
    const predictions = PROCESSES.map((processes) =>
      predictStep(traffic, processes, computeMs(processes) / 1000, assumptions),
    );
    console.log(`\n${name}: ${trafficText(traffic)}\n${predictionTable(predictions, computeMs)}`);
  }
});
