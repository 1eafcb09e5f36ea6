// Trains ResNet-20 in float, then searches 1-bit weights that start from the float ones and learn from that model's outputs.
//   node dist/examples/fine-tune.js [work directory] [epochs of each] [batches an epoch]
import { train } from "weight-search";

const [workDir = "results", epochs = "3", batches] = process.argv.slice(2);
const common = {
  network: "resnet20",
  data: "synthetic",
  epochs: Number(epochs),
  workDir,
  ...(batches !== undefined && { limitBatches: Number(batches) }),
};

const float = await train({ ...common, config: "synthetic" });
if (float.directory === null) throw new Error("the float run was not saved");
const searched = await train({
  ...common,
  config: "resnet20-15-from-float",
  quantize: true,
  values: [-1, 1],
  loadModelState: float.directory,
  teacher: float.directory,
  teacherTemperature: 4,
  teacherWeight: 0.5,
  // Batch statistics move fast enough for short runs only if they are measured again.
  bnCalibration: 4,
});
for (const { directory, epochs } of [float, searched]) {
  console.log(`${directory}: top-1 ${(100 * (epochs.at(-1)?.val.top1 ?? 0)).toFixed(2)} %`);
}
