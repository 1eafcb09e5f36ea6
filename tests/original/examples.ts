import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { randomStream } from "../../src/data/prng.js";

/** Where the data of the examples is. */
export interface ExampleData {
  readonly cifar10: string;
  readonly imagenet: string;
}

export interface Example {
  readonly title: string;
  readonly args: readonly string[];
  readonly environment?: NodeJS.ProcessEnv;
}

/** What a launcher of PyTorch sets for a process that is alone. */
const ALONE = { WORLD_SIZE: "1", RANK: "0", LOCAL_RANK: "0", MASTER_ADDR: "127.0.0.1", MASTER_PORT: "29500" };

/**
 * The example commands of the original program's README, `python train.py` replaced by `weight-search train`: the same
 * flags and the same names of files, its misspelt one too. The distributed one is what its launcher starts for one GPU.
 */
export function originalExamples({ cifar10, imagenet }: ExampleData): Example[] {
  const resnet18 = [
    "-a",
    "resnet18",
    "-d",
    "imagenet",
    "-p",
    imagenet,
    "--train-json",
    "json/training/resnet18-200.json",
  ];
  const vgg = ["-a", "vgg_small", "-d", "cifar10", "-p", cifar10, "--train-json", "json/training/vggsmall-200.json"];
  return [
    {
      title: "a network from scratch",
      args: ["-a", "resnet20", "-d", "cifar10", "-p", cifar10, "--training-json", "json/training/resnet20-200.json"],
    },
    { title: "vgg_small on CIFAR-10", args: vgg },
    {
      title: "the search for resnet18's weights in [-1, 1]",
      args: [...resnet18, "--quant-json", "json/qiantization/1b.json", "--quantize-network"],
    },
    { title: "distributed training, one process", args: [...resnet18, "--local_rank=0"], environment: ALONE },
    {
      title: "the optional arguments",
      args: [
        ...["-a", "resnet20", "-d", "cifar10", "-p", cifar10, "--train-json", "json/training/resnet20-200.json"],
        ...["--quant-json", "json/quantization/po2-2b.json", "--quantize-network"],
        ...["--verbose", "--save", "--quantize-first-layer", "--quantize-last-layer"],
      ],
    },
  ];
}

/** Shortens an example: two batches. Results go to `workDir`. */
export function shortened(args: readonly string[], workDir: string): string[] {
  return ["train", ...args, "--epochs", "1", "--limit-batches", "2", "--work-dir", workDir];
}

const CIFAR_FILES = [...[1, 2, 3, 4, 5].map((number) => `data_batch_${number}.bin`), "test_batch.bin"];
const CIFAR_RECORDS = 10_000;
const CIFAR_RECORD_BYTES = 3073;

/** Makes data of the right form and no meaning: CIFAR-10's six files, and a folder of small images. */
export async function makeExampleData(folder: string): Promise<ExampleData> {
  const cifar10 = join(folder, "cifar10");
  mkdirSync(cifar10);
  const records = new Uint8Array(CIFAR_RECORDS * CIFAR_RECORD_BYTES);
  for (let index = 0; index < records.length; index++) records[index] = (index * 31) % 251;
  for (let record = 0; record < CIFAR_RECORDS; record++) records[record * CIFAR_RECORD_BYTES] = record % 10;
  for (const file of CIFAR_FILES) writeFileSync(join(cifar10, file), records);

  const imagenet = join(folder, "imagenet");
  for (const part of ["train", "val"]) {
    for (const name of ["n01", "n02", "n03"]) {
      const classFolder = join(imagenet, part, name);
      mkdirSync(classFolder, { recursive: true });
      for (let image = 0; image < 2; image++) await writeImage(join(classFolder, `${image}.JPEG`), image);
    }
  }
  return { cifar10, imagenet };
}

async function writeImage(path: string, seed: number): Promise<void> {
  const [width, height] = [90 + 40 * seed, 120];
  const random = randomStream(seed);
  const pixels = Uint8Array.from({ length: width * height * 3 }, () => random.below(256));
  await sharp(pixels, { raw: { width, height, channels: 3 } })
    .jpeg()
    .toFile(path);
}
