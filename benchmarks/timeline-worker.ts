// Worker, one of several processes: training steps of a float network as `src/train/loop.ts` takes them; rank 0 prints what
// happened when in the backward pass of each, a line a step. Arguments: network, images of a process, threads of a process, steps.
import { isTrueAnywhere } from "../src/distributed/sum-numbers.js";
import { networks } from "../src/models/registry.js";
import { Sgd } from "../src/optim/sgd.js";
import { full, randn, tensor } from "../src/tensor/create.js";
import { crossEntropy } from "../src/tensor/loss.js";
import { manualSeed, setThreads } from "../src/tensor/runtime.js";
import { contiguous } from "../src/tensor/shape.js";
import { scope } from "../src/tensor/tensor.js";
import { countCorrect } from "../src/train/accuracy.js";
import { NO_CHECKPOINTS } from "../src/train/checkpoint.js";
import { Ranks } from "../src/train/ranks.js";
import { joinWorkers } from "./scaling-workers.js";
import { learningRateOf } from "./training-step.js";

const WARM_UPS = 3;

const [name = "", batch = 1, threads = 1, steps = 1] = process.argv
  .slice(2)
  .map((word, index) => (index === 0 ? word : Number(word))) as [string, number, number, number];
const family = networks.get(name);
if (family === undefined) throw new Error(`there is no network ${name}`);
setThreads(threads);
const group = await joinWorkers();
group.connectGradients("gloo");
// The same on all processes: the network. Images would differ in a training; here they need not.
manualSeed(0);
const { imageSize, numClasses } = family.madeFor;
const network = family.build({ numClasses, search: null });
const parameters = [...network.namedParameters()].map(([, parameter]) => parameter);
const sgd = new Sgd(parameters, [], { momentum: 0.9, weightDecay: 1e-4 });
const ranks = new Ranks(group, network, { syncBn: false, stop: { isRequested: false }, checkpoints: NO_CHECKPOINTS });
const images = contiguous(randn([batch, 3, imageSize, imageSize]), family.memoryFormat);
const labels = tensor(
  Array.from({ length: batch }, (_, index) => index % numClasses),
  [batch],
  "int64",
);
for (let step = -WARM_UPS; step < steps; step++) {
  scope(() => {
    const logits = network.forward(images, "train");
    const loss = crossEntropy(logits, labels);
    const sums = { ...countCorrect(logits, labels), loss: loss.item() * batch, images: batch };
    const pending = ranks.startExchange(sums);
    sgd.clearGradients();
    const timeline = ranks.backward(loss, full([], 1 / group.size));
    pending.finish();
    sgd.step(learningRateOf(name));
    if (step >= 0 && group.isLeader) console.log(JSON.stringify(timeline));
  });
}
ranks.close();
isTrueAnywhere(group, false);
group.close();
