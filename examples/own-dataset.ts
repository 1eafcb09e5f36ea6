// Trains on images of one's own, as arrays in memory: noisy stripes, to be told apart by their direction.
//   node dist/examples/own-dataset.js [work directory] [epochs] [training images]
import { train } from "weight-search";
import type { ImageDataset, ImageSplit } from "weight-search/data";

const [workDir = "results", epochs = "3", count = "2000"] = process.argv.slice(2);
const SIZE = 16;
const classNames = ["horizontal", "vertical", "diagonal"];

/** Images `[N, 3, 16, 16]` as bytes, channel by channel, and the class of each. */
function stripes(count: number, first: number): ImageSplit {
  const labels = Int32Array.from({ length: count }, (_, index) => (first + index) % classNames.length);
  const images = new Uint8Array(count * 3 * SIZE * SIZE).map((_, position) => {
    const [x, y] = [position % SIZE, Math.floor(position / SIZE) % SIZE];
    const index = Math.floor(position / (3 * SIZE * SIZE));
    const along = [y, x, x + y][labels[index] ?? 0] ?? 0;
    return ((along + first + index) % 4 < 2 ? 160 : 60) + 60 * Math.sin(position * 12.9898 + first);
  });
  return { count, images, labels };
}

const data: ImageDataset = {
  ...{ kind: "memory", name: "stripes", classNames, channels: 3, height: SIZE, width: SIZE },
  ...{ mean: [0.43, 0.43, 0.43], std: [0.25, 0.25, 0.25], cropPadding: 2, flip: false },
  train: stripes(Number(count), 0),
  val: stripes(300, 1_000_000),
};
const { directory } = await train({
  ...{ network: "resnet20", data, epochs: Number(epochs), batchSize: 64, config: "synthetic", workDir },
  ...{ quantize: true, values: [-1, 0, 1] },
  loggers: [{ epoch: ({ epoch, val }) => console.log(`epoch ${epoch}: top-1 ${(100 * val.top1).toFixed(2)} %`) }],
});
console.log(`run: ${directory}`);
