import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What an example is run with, on settings so small that only its working is tested, and what it must print. */
export interface ExampleRun {
  /** Its arguments; a folder of its own to write to, and one for data. */
  readonly args: (workDir: string, dataDir: string) => string[];
  readonly printed: RegExp;
  /** What standard error says; by default nothing. */
  readonly noted?: RegExp;
}

/** Of every file `examples/*.ts`, by its name. */
export const EXAMPLE_RUNS: Readonly<Record<string, ExampleRun>> = {
  "fine-tune": { args: (workDir) => [workDir, "1", "1"], printed: /^(\S+synthetic-resnet20\S+: top-1 [\d.]+ %\n){2}$/ },
  // Without a scale, which the note is about.
  mnist: {
    args: (workDir, dataDir) => [mnistFolder(dataDir), workDir, "1", "2", "0", "none"],
    printed: /^epoch 1: top-1 [\d.]+ %\nrun: .*mnist-mnist-mlp/,
    noted: /WeightSearchNote: 1, 3, 5: searched with neither a scale nor a normalization behind them/,
  },
  "own-dataset": {
    args: (workDir) => [workDir, "1", "64"],
    printed: /^epoch 1: top-1 [\d.]+ %\nrun: .*stripes-resnet20/,
  },
  "own-network": {
    args: (workDir) => [workDir, "1", "2"],
    printed: /^epoch 1: top-1 [\d.]+ %\nrun: .*synthetic-separable/,
  },
  "vision-transformer": {
    args: (workDir) => [workDir, "1", "2"],
    printed: /^\S+synthetic-vision-transformer\S+: top-1 [\d.]+ %\n$/,
  },
  tensors: { args: () => ["50"], printed: /^step 50: loss \d\.\de-\d\nw = \[2,-3\], b = 0\.5\n$/ },
};

/** A new folder in `parent` with MNIST's files, of a few grey images. */
function mnistFolder(parent: string): string {
  const path = mkdtempSync(join(parent, "mnist-"));
  for (const [part, count] of [
    ["train", 40],
    ["t10k", 20],
  ] as const) {
    const header = (...numbers: number[]) => Buffer.from(Uint32Array.from(numbers).buffer).swap32();
    const pixels = Buffer.from(Array.from({ length: count * 784 }, (_, index) => (index * 7) % 256));
    const labels = Buffer.from(Array.from({ length: count }, (_, index) => index % 10));
    writeFileSync(join(path, `${part}-images-idx3-ubyte`), Buffer.concat([header(0x803, count, 28, 28), pixels]));
    writeFileSync(join(path, `${part}-labels-idx1-ubyte`), Buffer.concat([header(0x801, count), labels]));
  }
  return path;
}
