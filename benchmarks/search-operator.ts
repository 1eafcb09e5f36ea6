// node dist/benchmarks/search-operator.js: the fused search operator against its composition of LibTorch's operators, in
// one process, one call of each in turn.
import { setThreads, versions } from "../src/tensor/runtime.js";
import { scope } from "../src/tensor/tensor.js";
import { countOption, parseOptions, runBenchmark } from "./arguments.js";
import { describeMachine, formatMachine } from "./machine.js";
import { betterLimits, formatLimits, measureLimits } from "./machine-limits.js";
import { type Mode, modesOption } from "./precision.js";
import { type Contender, searchContenders } from "./search-contenders.js";
import { rotated, type Summary, summarize } from "./statistics.js";
import { formatTable } from "./table.js";

const VALUE_COUNTS = [2, 4, 8, 16];
const WARM_UP_ROUNDS = 2;

interface Measured extends Omit<Contender, "run"> {
  readonly valueCount: number;
  readonly mode: Mode;
  readonly summary: Summary;
}

/** All contenders of one K and one mode, one call of each in turn. */
function measure(weights: number, valueCount: number, mode: Mode, rounds: number): Measured[] {
  return scope(() => {
    const contenders = searchContenders(weights, valueCount, mode).map((contender) => ({
      ...contender,
      seconds: [] as number[],
    }));
    for (let round = 0; round < WARM_UP_ROUNDS + rounds; round++) {
      for (const { run, seconds } of rotated(contenders, round)) {
        const start = performance.now();
        scope(run);
        const elapsed = (performance.now() - start) / 1000;
        if (round >= WARM_UP_ROUNDS) seconds.push(elapsed);
      }
    }
    return contenders.map(({ name, work, floatsPerWeight, seconds }) => {
      return { name, work, floatsPerWeight, valueCount, mode, summary: summarize(seconds) };
    });
  });
}

function label({ valueCount, mode, name, work }: Measured): string {
  return `K = ${valueCount}  ${mode}  ${name}, ${work}`;
}

function timeTable(measured: readonly Measured[], weights: number, copyBytesPerSecond: number): string {
  const ms = (seconds: number) => (seconds * 1000).toFixed(2);
  const rows = measured.map((one) => {
    const { median, firstQuartile, thirdQuartile } = one.summary;
    const bytes = weights * one.floatsPerWeight * Float32Array.BYTES_PER_ELEMENT;
    return [
      label(one),
      ms(median),
      `${ms(firstQuartile)}–${ms(thirdQuartile)}`,
      (bytes / 1e6).toFixed(1),
      (bytes / median / 1e9).toFixed(2),
      ((100 * bytes) / median / copyBytesPerSecond).toFixed(1),
    ];
  });
  return formatTable([["", "median ms", "quartiles ms", "MB", "GB/s", "% of copy"], ...rows]);
}

/** composed ÷ fused of the same work. */
function ratioTable(measured: readonly Measured[]): string {
  const rows = measured
    .filter(({ name }) => name === "composed")
    .map((composed) => {
      const fused = measured.find(
        ({ name, work, valueCount, mode }) =>
          name === "fused" && work === composed.work && valueCount === composed.valueCount && mode === composed.mode,
      );
      const ratio = composed.summary.median / (fused?.summary.median ?? Number.NaN);
      const { valueCount, mode, work } = composed;
      return [`K = ${valueCount}  ${mode}  composed ÷ fused, ${work}`, ratio.toFixed(2)];
    });
  return formatTable(rows);
}

await runBenchmark(() => {
  const given = parseOptions({
    weights: { type: "string", default: "2360000" },
    mode: { type: "string", default: "hard" },
    rounds: { type: "string", default: "15" },
    threads: { type: "string", default: "2" },
  });
  const weights = countOption("weights", given.weights);
  const modes = modesOption("mode", given.mode);
  const rounds = countOption("rounds", given.rounds);
  const threads = countOption("threads", given.threads);
  console.log(formatMachine(describeMachine()));
  setThreads(threads);
  const { libtorch, kernels } = versions();
  const limitsBefore = measureLimits();
  const measured = modes.flatMap((mode) =>
    VALUE_COUNTS.flatMap((valueCount) => measure(weights, valueCount, mode, rounds)),
  );
  const limits = betterLimits(limitsBefore, measureLimits());
  console.log(formatLimits(limits));
  console.log(`LibTorch ${libtorch}, kernels ${kernels}, ${rounds} rounds; N = ${weights}, float32`);
  console.log(`\n${timeTable(measured, weights, limits.copyBytesPerSecond)}\n\n${ratioTable(measured)}`);
});
