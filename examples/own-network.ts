// Trains a network of one's own: depthwise-separable convolutions, searched over three values; its first and last layer are float.
//   node dist/examples/own-network.js [work directory] [epochs] [batches an epoch]
import { train } from "weight-search";
import { type NetworkOptions, valuesAt } from "weight-search/models";
import * as nn from "weight-search/nn";

const [workDir = "results", epochs = "7", batches] = process.argv.slice(2);

/** A 3×3 convolution of each channel by itself, then a 1×1 convolution that mixes them; both are normalized. */
function separable(inChannels: number, outChannels: number, values: readonly number[] | null) {
  const depthwise = { inChannels, outChannels: inChannels, groups: inChannels, kernelSize: 3, stride: 2, padding: 1 };
  return new nn.Sequential(
    new nn.Conv2d({ ...depthwise, values }),
    new nn.BatchNorm2d(inChannels),
    new nn.ReLU(),
    new nn.Conv2d({ inChannels, outChannels, kernelSize: 1, values }),
    new nn.BatchNorm2d(outChannels),
    new nn.ReLU(),
  );
}

function build({ numClasses, channels = 3, search }: NetworkOptions) {
  const [first, middle, last] = [valuesAt(search, "first"), valuesAt(search, "middle"), valuesAt(search, "last")];
  const stem = new nn.Conv2d({ inChannels: channels, outChannels: 16, kernelSize: 3, padding: 1, values: first });
  const blocks = [separable(16, 32, middle), separable(32, 64, middle), separable(64, 128, middle)];
  const head = new nn.Linear({ inFeatures: 128, outFeatures: numClasses, values: last });
  return new nn.Sequential(stem, new nn.ReLU(), ...blocks, new nn.AdaptiveAvgPool2d(1), new nn.Flatten(), head);
}

const { directory } = await train({
  network: { name: "separable", build },
  ...{ data: "synthetic", config: "synthetic", epochs: Number(epochs), workDir },
  ...{ quantize: true, values: [-1, 0, 1] },
  ...(batches !== undefined && { limitBatches: Number(batches) }),
  loggers: [{ epoch: ({ epoch, val }) => console.log(`epoch ${epoch}: top-1 ${(100 * val.top1).toFixed(2)} %`) }],
});
console.log(`run: ${directory}`);
