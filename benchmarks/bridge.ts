// node dist/benchmarks/bridge.js: the cost of one operator call, from JavaScript and from Python, alternating.

import { z } from "zod";
import { add } from "../src/tensor/arithmetic.js";
import { tensor } from "../src/tensor/create.js";
import { setThreads, versions } from "../src/tensor/runtime.js";
import { scope } from "../src/tensor/tensor.js";
import { countOption, parseOptions, runBenchmark } from "./arguments.js";
import { describeMachine, formatMachine } from "./machine.js";
import { peerFile } from "./peer-file.js";
import { findPython } from "./python.js";
import { summarize } from "./statistics.js";
import { formatTable } from "./table.js";
import { Worker } from "./worker-protocol.js";

const WARM_UP_ROUNDS = 2;
/** About the operators of a training step: the tensors that are alive together in one scope. */
const CALLS_PER_SCOPE = 200;
const answerSchema = z.object({ seconds: z.number() });

/** Seconds of `calls` additions of two tensors of one element, in scopes, what a scope costs included. */
function additions(calls: number): number {
  return scope(() => {
    const [left, right] = [tensor([1]), tensor([2])];
    const start = performance.now();
    for (let done = 0; done < calls; done += CALLS_PER_SCOPE) {
      scope(() => {
        for (let call = 0; call < Math.min(CALLS_PER_SCOPE, calls - done); call++) add(left, right);
      });
    }
    return (performance.now() - start) / 1000;
  });
}

function row(name: string, seconds: readonly number[], calls: number): string[] {
  const { median, firstQuartile, thirdQuartile } = summarize(seconds);
  const us = (value: number) => ((value / calls) * 1e6).toFixed(2);
  return [name, us(median), `${us(firstQuartile)}–${us(thirdQuartile)}`];
}

await runBenchmark(async () => {
  const given = parseOptions({
    calls: { type: "string", default: "20000" },
    rounds: { type: "string", default: "15" },
  });
  const calls = countOption("calls", given.calls);
  const rounds = countOption("rounds", given.rounds);
  console.log(formatMachine(describeMachine()));
  setThreads(1);
  const python = findPython();
  console.log(`LibTorch ${versions().libtorch}; add of two [1] tensors, ${calls} calls a round, ${rounds} rounds`);
  console.log(typeof python === "string" ? python : `peer: ${python.executable}, torch ${python.torch}`);
  const peer =
    typeof python === "string" ? null : new Worker("peer", python.executable, ["-B", peerFile("add_worker.py")]);
  try {
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let round = 0; round < WARM_UP_ROUNDS + rounds; round++) {
      const mine = additions(calls);
      const other = peer && (await peer.request({ calls }, answerSchema)).seconds;
      if (round < WARM_UP_ROUNDS) continue;
      ours.push(mine);
      if (other !== null) theirs.push(other);
    }
    const rows = [row("ours, add in a scope", ours, calls)];
    if (peer !== null) rows.push(row("peer, torch.add", theirs, calls));
    console.log(`\n${formatTable([["", "median µs a call", "quartiles µs"], ...rows])}`);
    if (peer !== null) console.log(`\npeer ÷ ours  ${(summarize(theirs).median / summarize(ours).median).toFixed(2)}`);
  } finally {
    await peer?.close();
  }
});
