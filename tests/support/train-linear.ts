// A worker thread's entry: fits y = 2x − 1 and posts { step, loss } for every step; with workerData.endless it never ends.
import { parentPort, workerData } from "node:worker_threads";
import { Sgd } from "../../src/optim/sgd.js";
import { conv2d, linear } from "../../src/tensor/convolution.js";
import { randn, tensor } from "../../src/tensor/create.js";
import { mseLoss } from "../../src/tensor/loss.js";
import { setThreads } from "../../src/tensor/runtime.js";
import { liveTensors, scope } from "../../src/tensor/tensor.js";

const { endless = false } = (workerData ?? {}) as { endless?: boolean };

setThreads(1);
const weight = tensor([0], [1, 1]);
const bias = tensor([0]);
for (const parameter of [weight, bias]) parameter.requiresGrad = true;
const inputs = tensor([-1, 0, 1, 2], [4, 1]);
const targets = tensor([-3, -1, 1, 3], [4, 1]);
const sgd = new Sgd([weight, bias], [], { momentum: 0.5, weightDecay: 0 });
const before = liveTensors();

for (let step = 0; endless || step < 100; step += 1) {
  const loss = scope(() => {
    sgd.clearGradients();
    const error = mseLoss(linear(inputs, weight, bias), targets);
    error.backward();
    sgd.step(0.1);
    // Something that stays in LibTorch long enough to be stopped there.
    if (endless) conv2d(randn([4, 16, 64, 64]), randn([16, 16, 3, 3]), null);
    return error.item();
  });
  if (endless) parentPort?.postMessage({ step, loss });
}
parentPort?.postMessage({ weight: weight.item(), bias: bias.item(), left: liveTensors() - before });
