// npm run bench:operators: profile of a training step by operator, LibTorch's and custom ones, forward and backward.

import type { OperatorTime } from "../src/tensor/addon-types.js";
import { startProfile, stopProfile } from "../src/tensor/profile.js";
import { setThreads, versions } from "../src/tensor/runtime.js";
import { InputError } from "../src/text/errors.js";
import { countOption, parseOptions, runBenchmark } from "./arguments.js";
import { describeMachine, formatMachine } from "./machine.js";
import { betterLimits, formatLimits, measureLimits } from "./machine-limits.js";
import { operatorTable } from "./operators-report.js";
import { precisionName, precisionsOption } from "./precision.js";
import { summarize } from "./statistics.js";
import { networkOption } from "./step-options.js";
import { learningRateOf, trainingStep } from "./training-step.js";

const WARM_UP_STEPS = 3;

// As in every worker of `npm run bench`; OpenMP reads it when LibTorch is loaded.
process.env["OMP_WAIT_POLICY"] ??= "passive";

function secondsOf(step: () => number): number {
  const start = performance.now();
  const loss = step();
  if (!Number.isFinite(loss)) throw new Error("the loss is no longer finite");
  return (performance.now() - start) / 1000;
}

await runBenchmark(() => {
  const given = parseOptions({
    network: { type: "string", default: "resnet20" },
    batch: { type: "string", default: "128" },
    bits: { type: "string", default: "1" },
    mode: { type: "string", default: "hard" },
    steps: { type: "string", default: "5" },
    threads: { type: "string", default: "2" },
    shapes: { type: "boolean", default: false },
  });
  const network = networkOption(given.network);
  const batch = countOption("batch", given.batch);
  const steps = countOption("steps", given.steps);
  const threads = countOption("threads", given.threads);
  const [precision, ...others] = precisionsOption(given.bits, given.mode, { bits: "bits", modes: "mode" });
  if (precision === undefined || others.length > 0) {
    throw new InputError(`--bits, --mode: expected one of each, found "${given.bits}" and "${given.mode}"`);
  }
  console.log(formatMachine(describeMachine()));
  setThreads(threads);
  const limitsBefore = measureLimits();
  const step = trainingStep({
    network,
    batch,
    search: precision.search,
    threads,
    learningRate: learningRateOf(network),
  });
  for (let warm = 0; warm < WARM_UP_STEPS; warm++) step();
  const plain: number[] = [];
  const profiled: number[] = [];
  const times: OperatorTime[] = [];
  for (let index = 0; index < steps; index++) {
    plain.push(secondsOf(step));
    startProfile({ withInputs: true });
    profiled.push(secondsOf(step));
    times.push(...stopProfile());
  }
  const limits = betterLimits(limitsBefore, measureLimits());
  const ms = (seconds: readonly number[]) => (summarize(seconds).median * 1000).toFixed(1);
  const { libtorch } = versions();
  console.log(`${network} ${precisionName(precision)}, batch ${batch}, ${threads} threads; LibTorch ${libtorch}`);
  console.log(formatLimits(limits));
  console.log(
    `median of ${steps} steps: ${ms(plain)} ms; of ${steps} in turn with them, profiled: ${ms(profiled)} ms; own times, means over those:\n`,
  );
  const seconds = profiled.reduce((total, one) => total + one, 0);
  console.log(operatorTable({ times, steps, seconds }, limits, given.shapes));
});
