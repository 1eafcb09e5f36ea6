// The cost of the search statistics per epoch: the processor time of `searchStatistics`, on one thread.
//   node dist/benchmarks/search-statistics.js
import { networks } from "../src/models/registry.js";
import { setThreads, versions } from "../src/tensor/runtime.js";
import { searchStatistics } from "../src/train/search-statistics.js";
import { describeMachine } from "./machine.js";
import { summarize } from "./statistics.js";

const ROUNDS = 9;

const machine = describeMachine();
setThreads(1);
console.log(`${machine.date}, commit ${machine.commit}, ${machine.cpu}, load ${machine.load}`);
console.log(`LibTorch ${versions().libtorch}, medians of ${ROUNDS} rounds, processor time`);
for (const [name, numClasses] of [
  ["resnet20", 10],
  ["vgg_small", 10],
] as const) {
  for (const count of [2, 4, 16]) {
    const values = Array.from({ length: count }, (_, k) => k - count / 2);
    const network = networks.get(name)?.build({ numClasses, search: { values, firstLayer: false, lastLayer: false } });
    if (network === undefined) throw new Error(`no network ${name}`);
    searchStatistics(network, 0.5);
    const milliseconds = Array.from({ length: ROUNDS }, () => {
      const start = process.cpuUsage();
      searchStatistics(network, 0.5);
      const { user, system } = process.cpuUsage(start);
      return (user + system) / 1000;
    });
    console.log(`${name}, ${count} values: ${summarize(milliseconds).median.toFixed(1)} ms`);
  }
}
