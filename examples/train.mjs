// Trains ResNet-20 with 1-bit weights on built-in images. Killed and started again, it resumes; the result is bit-exact.
//   node examples/train.mjs [work directory]
import { train } from "weight-search";

const { outcome, directory, epochs } = await train({
  network: "resnet20",
  data: "synthetic",
  epochs: 3,
  quantize: true,
  values: "1b",
  workDir: process.argv[2] ?? "results",
  limitBatches: 8,
  checkpointMinutes: 0.001,
  resume: "auto",
  loggers: [{ epoch: ({ epoch, val }) => console.log(`epoch ${epoch}: top-1 ${(100 * val.top1).toFixed(2)} %`) }],
});
console.log(`${outcome}: ${directory}, ${epochs.length} epochs`);
