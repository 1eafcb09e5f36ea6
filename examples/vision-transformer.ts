// Searches 2-bit weights for a small vision transformer, built from layers. No normalization follows them, so each has a scale.
//   node dist/examples/vision-transformer.js [work directory] [epochs] [batches an epoch]
import { train } from "weight-search";
import { type NetworkOptions, valuesAt } from "weight-search/models";
import * as nn from "weight-search/nn";
import { add, flatten, mean, type Tensor, transpose } from "weight-search/tensor";

const [workDir = "results", epochs = "7", batches = "1000"] = process.argv.slice(2);
const [PATCH, DIM, DEPTH, HEADS] = [8, 64, 3, 4];

class VisionTransformer extends nn.Module {
  readonly #patches: nn.Conv2d;
  readonly #positions: Tensor;
  readonly #rest: nn.Sequential;
  constructor({ numClasses, channels: inChannels = 3, imageSize: [height, width] = [32, 32], search }: NetworkOptions) {
    super();
    const patches = { inChannels, outChannels: DIM, kernelSize: PATCH, stride: PATCH, bias: true };
    this.#patches = this.child("patches", new nn.Conv2d({ ...patches, values: valuesAt(search, "first") }));
    this.#positions = this.parameter("positions", nn.normal([1, (height * width) / PATCH ** 2, DIM], 0.02));
    const values = valuesAt(search, "middle");
    const linear = (inFeatures: number, outFeatures: number) => new nn.Linear({ inFeatures, outFeatures, values });
    const residual = (...modules: nn.Module[]) => new nn.Residual(new nn.Sequential(new nn.LayerNorm(DIM), ...modules));
    const mlp = () => residual(linear(DIM, 4 * DIM), new nn.GELU(), linear(4 * DIM, DIM));
    const attention = () => residual(new nn.MultiheadAttention({ embedDim: DIM, numHeads: HEADS, values }));
    const blocks = Array.from({ length: DEPTH }, () => [attention(), mlp()]).flat();
    const head = new nn.Linear({ inFeatures: DIM, outFeatures: numClasses, values: valuesAt(search, "last") });
    this.#rest = this.child("rest", new nn.Sequential(...blocks, new nn.LayerNorm(DIM), head));
  }

  override forward(images: Tensor, mode: nn.Mode): Tensor {
    const tokens = transpose(flatten(this.#patches.forward(images, mode), 2), 1, 2);
    return mean(this.#rest.forward(add(tokens, this.#positions), mode), [1]);
  }
}
const { directory, epochs: done } = await train({
  network: { name: "vision-transformer", build: (options) => new VisionTransformer(options) },
  ...{ data: "synthetic", config: "synthetic", epochs: Number(epochs), quantize: true, values: "po2-2b", workDir },
  ...{ limitBatches: Number(batches), set: { logit_init: "normal", "optim.logits.lr_unit": "float" } },
});
console.log(`${directory}: top-1 ${(100 * (done.at(-1)?.val.top1 ?? 0)).toFixed(2)} %`);
