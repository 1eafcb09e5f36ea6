// node dist/benchmarks/search-operator.js: the fused search operator against its composition of LibTorch operators, in
// one process, one call of each in turn.

import { sampleByComposition } from "../src/search/reference.js";
import { EVALUATION_DRAW, logitGradient, logitSgdStep, sample, sampleInto } from "../src/search/sample.js";
import { copyInto } from "../src/tensor/arithmetic.js";
import { noGrad } from "../src/tensor/autograd.js";
import { rand, randn, zeros, zerosLike } from "../src/tensor/create.js";
import { setThreads, versions } from "../src/tensor/runtime.js";
import { scope } from "../src/tensor/tensor.js";
import { countOption, parseOptions, runBenchmark } from "./arguments.js";
import { describeMachine, formatMachine } from "./machine.js";
import { rotated, summarize } from "./statistics.js";
import { formatTable } from "./table.js";

const VALUE_COUNTS = [2, 4, 8, 16];
const WARM_UP_ROUNDS = 2;
const COPIED_FLOATS = 32 * 1024 * 1024;
const FLOAT_BYTES = 4;

/** Something timed, and the floats that it must at least read and write. */
interface Contender {
  readonly name: string;
  readonly floatsMoved: number;
  readonly run: () => void;
}

/** Median seconds of each contender, one call of each in turn. */
function medians(contenders: readonly Contender[], rounds: number): number[] {
  const seconds = new Map<Contender, number[]>(contenders.map((contender) => [contender, []]));
  for (let round = 0; round < WARM_UP_ROUNDS + rounds; round++) {
    for (const contender of rotated(contenders, round)) {
      const start = performance.now();
      scope(contender.run);
      const elapsed = (performance.now() - start) / 1000;
      if (round >= WARM_UP_ROUNDS) seconds.get(contender)?.push(elapsed);
    }
  }
  return contenders.map((contender) => summarize(seconds.get(contender) ?? []).median);
}

/** Bytes read and written per second by LibTorch's copy of a tensor far larger than the caches. */
function copyBandwidth(rounds: number): number {
  return scope(() => {
    const [source, target] = [rand([COPIED_FLOATS]), rand([COPIED_FLOATS])];
    const floatsMoved = 2 * COPIED_FLOATS;
    const [seconds = Number.NaN] = medians(
      [{ name: "copy", floatsMoved, run: () => copyInto(target, source) }],
      rounds,
    );
    return (floatsMoved * FLOAT_BYTES) / seconds;
  });
}

/** The rows of one K: N weights, each with K logits, K float32 numbers a weight. */
function rowsFor(weights: number, valueCount: number, rounds: number): string[][] {
  return scope(() => {
    const values = Array.from({ length: valueCount }, (_, index) => index - (valueCount - 1) / 2);
    const logits = randn([weights, valueCount]);
    const momentum = zerosLike(logits);
    const weightGradient = randn([weights]);
    const weight = zeros([weights]);
    const leaf = randn([weights, valueCount]);
    leaf.requiresGrad = true;
    const settings = { learningRate: 1e-3, momentum: 0.9, weightDecay: 1e-4 };
    const forwardBackward = weights * (3 * valueCount + 2);
    const contenders: Contender[] = [
      {
        name: "fused, forward + backward",
        floatsMoved: forwardBackward,
        run: () => {
          noGrad(() => sample(logits, values, EVALUATION_DRAW));
          logitGradient(weightGradient, logits, values, EVALUATION_DRAW);
        },
      },
      {
        name: "fused, forward + SGD step",
        floatsMoved: weights * (5 * valueCount + 2),
        run: () => {
          noGrad(() => sampleInto(weight, logits, values, EVALUATION_DRAW));
          logitSgdStep(logits, momentum, weightGradient, values, EVALUATION_DRAW, settings);
        },
      },
      {
        name: "composed, forward + backward",
        floatsMoved: forwardBackward,
        run: () => {
          leaf.clearGrad();
          sampleByComposition(leaf, values, 1, true).backward(weightGradient);
        },
      },
    ];
    const seconds = medians(contenders, rounds);
    const fused = seconds[0] ?? Number.NaN;
    return contenders.map(({ name, floatsMoved }, index) => {
      const median = seconds[index] ?? Number.NaN;
      return [
        `K = ${valueCount}  ${name}`,
        (median * 1000).toFixed(2),
        ((floatsMoved * FLOAT_BYTES) / 1e6).toFixed(1),
        ((floatsMoved * FLOAT_BYTES) / median / 1e9).toFixed(2),
        (median / fused).toFixed(2),
      ];
    });
  });
}

await runBenchmark(() => {
  const given = parseOptions({
    weights: { type: "string", default: "2360000" },
    rounds: { type: "string", default: "15" },
    threads: { type: "string", default: "2" },
  });
  const weights = countOption("weights", given.weights);
  const rounds = countOption("rounds", given.rounds);
  const threads = countOption("threads", given.threads);
  console.log(formatMachine(describeMachine()));
  setThreads(threads);
  const { libtorch, kernels } = versions();
  console.log(
    `LibTorch ${libtorch}, kernels ${kernels}, ${threads} threads, ${rounds} rounds; N = ${weights}, hard, float32`,
  );
  console.log(
    "bytes that must move, a weight: forward 4(K+1), backward 4(2K+1), SGD step 4(4K+1); once each, cold caches",
  );
  console.log(
    `copy of ${(COPIED_FLOATS * FLOAT_BYTES) / 2 ** 20} MiB: ${(copyBandwidth(rounds) / 1e9).toFixed(2)} GB/s read + written\n`,
  );
  const rows = VALUE_COUNTS.flatMap((valueCount) => rowsFor(weights, valueCount, rounds));
  console.log(formatTable([["", "median ms", "MB", "GB/s", "÷ fused f+b"], ...rows]));
});
