// node dist/benchmarks/search-operator.js: the fused search operator against its composition of LibTorch's operators, in
// this process and in Python's, one call of each in turn.
import { setThreads, versions } from "../src/tensor/runtime.js";
import { scope } from "../src/tensor/tensor.js";
import { countOption, parseOptions, runBenchmark } from "./arguments.js";
import { describeMachine, formatMachine } from "./machine.js";
import { betterLimits, formatLimits, measureLimits } from "./machine-limits.js";
import { type Mode, modesOption } from "./precision.js";
import { findPython, sameRelease } from "./python.js";
import { type Contender, ownContenders, searchValues, wholeStepFloats } from "./search-contenders.js";
import { SearchPeer } from "./search-peer.js";
import { type Measured, searchRatios, searchTable } from "./search-report.js";
import { rotated, summarize } from "./statistics.js";
import { formatTable } from "./table.js";

const VALUE_COUNTS = [2, 4, 8, 16];
const WARM_UP_ROUNDS = 2;

interface Options {
  readonly weights: number;
  readonly rounds: number;
  readonly threads: number;
  /** The peer's Python, `null` to leave it out. */
  readonly python: string | null;
}

/** A contender and how long one call of it takes, seconds. */
type Timed = Contender & { readonly time: () => Promise<number> };

/** All contenders of one K and one mode, one call of each in turn. */
async function measure(options: Options, valueCount: number, mode: Mode): Promise<Measured[]> {
  const { weights, threads, python } = options;
  const values = searchValues(valueCount);
  const own = ownContenders(weights, values, mode);
  const peer = python === null ? null : new SearchPeer(python);
  try {
    await peer?.setUp({ weights, values, mode, threads });
    const timed: Timed[] = own.contenders.map(({ run, ...contender }) => ({
      ...contender,
      time: async () => {
        const start = performance.now();
        scope(run);
        return (performance.now() - start) / 1000;
      },
    }));
    if (peer !== null) {
      const floatsPerWeight = wholeStepFloats(valueCount, mode);
      timed.push({ name: "peer", work: "whole step", floatsPerWeight, time: () => peer.step() });
    }
    return await alternate(timed, options.rounds, { valueCount, mode });
  } finally {
    own.release();
    await peer?.close();
  }
}

async function alternate(
  timed: readonly Timed[],
  rounds: number,
  setting: { readonly valueCount: number; readonly mode: Mode },
): Promise<Measured[]> {
  const contenders = timed.map((contender) => ({ ...contender, seconds: [] as number[] }));
  for (let round = 0; round < WARM_UP_ROUNDS + rounds; round++) {
    for (const { time, seconds } of rotated(contenders, round)) {
      const elapsed = await time();
      if (round >= WARM_UP_ROUNDS) seconds.push(elapsed);
    }
  }
  return contenders.map(({ name, work, floatsPerWeight, seconds }) => {
    return { name, work, floatsPerWeight, ...setting, summary: summarize(seconds) };
  });
}

await runBenchmark(async () => {
  const given = parseOptions({
    weights: { type: "string", default: "2360000" },
    mode: { type: "string", default: "hard" },
    rounds: { type: "string", default: "15" },
    threads: { type: "string", default: "2" },
    "no-peer": { type: "boolean", default: false },
  });
  const weights = countOption("weights", given.weights);
  const modes = modesOption("mode", given.mode);
  const rounds = countOption("rounds", given.rounds);
  const threads = countOption("threads", given.threads);
  console.log(formatMachine(describeMachine()));
  setThreads(threads);
  const { libtorch, kernels } = versions();
  const found = given["no-peer"] ? "no peer: --no-peer" : findPython();
  const python = typeof found === "string" ? null : found.executable;
  const limitsBefore = measureLimits();
  const measured: Measured[] = [];
  for (const mode of modes) {
    for (const valueCount of VALUE_COUNTS) {
      measured.push(...(await measure({ weights, rounds, threads, python }, valueCount, mode)));
    }
  }
  const limits = betterLimits(limitsBefore, measureLimits());
  console.log(formatLimits(limits));
  console.log(
    `LibTorch ${libtorch}, kernels ${kernels}, ${threads} threads, ${rounds} rounds; N = ${weights}, float32`,
  );
  console.log(typeof found === "string" ? found : `peer: ${found.executable}, torch ${found.torch}`);
  if (typeof found !== "string" && !sameRelease(found.torch, libtorch)) {
    console.log(`warning: the peer's torch ${found.torch} is not our LibTorch ${libtorch}`);
  }
  const ratios = searchRatios(measured).map(({ name, value }) => [name, value.toFixed(2)]);
  console.log(`\n${searchTable(measured, weights, limits.copyBytesPerSecond)}\n\n${formatTable(ratios)}`);
});
