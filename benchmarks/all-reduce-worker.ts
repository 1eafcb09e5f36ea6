// Worker, one of several processes: sums of growing size over all of them; rank 0 prints the seconds of each, a line a size.
// Arguments: the threads of a process, how often each sum is taken.
import { isTrueAnywhere } from "../src/distributed/sum-numbers.js";
import { zeros } from "../src/tensor/create.js";
import { setThreads } from "../src/tensor/runtime.js";
import { scope } from "../src/tensor/tensor.js";
import { joinWorkers } from "./scaling-workers.js";

const MIN_BYTES = 4 * 1024;
const MAX_BYTES = 32 * 1024 * 1024;
const WARM_UPS = 3;

const [threads = 1, times = 1] = process.argv.slice(2).map(Number);
setThreads(threads);
const group = await joinWorkers();
for (let bytes = MIN_BYTES; bytes <= MAX_BYTES; bytes *= 2) {
  scope(() => {
    const tensor = zeros([bytes / 4]);
    const seconds: number[] = [];
    for (let time = -WARM_UPS; time < times; time++) {
      // So that none waits in the sum for one that comes later.
      isTrueAnywhere(group, false);
      const start = performance.now();
      group.sum(tensor);
      if (time >= 0) seconds.push((performance.now() - start) / 1000);
    }
    if (group.isLeader) console.log(JSON.stringify({ bytes, seconds }));
  });
}
isTrueAnywhere(group, false);
group.close();
