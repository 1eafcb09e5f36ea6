// Makes tensors outside every scope, forgets them, and prints how many are alive before and after (node --expose-gc).
import { add } from "../../src/tensor/arithmetic.js";
import { ones } from "../../src/tensor/create.js";
import { liveTensors, scope } from "../../src/tensor/tensor.js";

const kept = ones([1000]);
const before = liveTensors();

(() => {
  for (let i = 0; i < 500; i += 1) add(kept, i);
  for (let i = 0; i < 500; i += 1) scope(() => add(add(kept, i), 1));
})();
const made = liveTensors() - before;

for (let round = 0; round < 20 && liveTensors() > before; round += 1) {
  globalThis.gc?.();
  await new Promise((resolve) => setTimeout(resolve, 20));
}
console.log(JSON.stringify({ made, left: liveTensors() - before, kept: kept.isLive }));
