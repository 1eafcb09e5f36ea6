import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type CifarVersion, loadCifar } from "../../../src/data/cifar-files.js";
import { cifar10 } from "../../../src/data/cifar10.js";
import { cifar100 } from "../../../src/data/cifar100.js";
import { cifarImageBytes, readPickledBatch, readPickledNames } from "../../../src/formats/cifar-batch.js";
import { readPickle } from "../../../src/formats/pickle/pickle.js";
import { packageRoot } from "../../../src/system/package-root.js";
import { mutateBytes, mutateWith } from "../mutate-bytes.js";
import type { Target } from "../target.js";
import { assertNothingRan, pickleTokens } from "./canary.js";

const mutatePickle = mutateWith(pickleTokens);

/** Pickles that Python wrote: batches of two images of each protocol, names, and values of every kind. */
function pickles(kind: "batch" | "names" | "values" | ""): Uint8Array[] {
  const folder = join(packageRoot(), "tests", "fuzz", "corpus");
  const files = readdirSync(folder).filter((name) => name.endsWith(".pickle") && name.startsWith(kind));
  return files.sort().map((name) => readFileSync(join(folder, name)));
}

export const pickle: Target = {
  name: "pickle",
  mutators: [mutateBytes, mutatePickle, mutatePickle],
  seeds: () => pickles(""),
  prepare: (folder) => (input) => {
    readPickle(input, join(folder, "input"));
    assertNothingRan();
  },
};

/** A batch file of CIFAR-10 or -100, or their names file, by what the pickle holds. */
export const cifarPickle: Target = {
  name: "cifar-pickle",
  mutators: [mutateBytes, mutatePickle, mutatePickle],
  seeds: () => [...pickles("batch"), ...pickles("names")],
  prepare: (folder) => (input) => {
    const path = join(folder, "input");
    const { format } = Buffer.from(input).includes("fine_label") ? cifar100 : cifar10;
    if (Buffer.from(input).includes("label_names")) {
      assert.equal(readPickledNames(input, path, format).length, format.numClasses);
      return;
    }
    const target = { images: new Uint8Array(2 * cifarImageBytes), labels: new Int32Array(2).fill(-1) };
    readPickledBatch(input, path, format, target);
    assert.ok(
      target.labels.every((label) => label >= 0 && label < format.numClasses),
      `labels ${target.labels}`,
    );
    assertNothingRan();
  },
};

/** CIFAR-10 and -100 with two images a file. */
const small = (version: CifarVersion): CifarVersion => ({ ...version, trainFileRecords: 2, valFileRecords: 2 });
const versions = [small(cifar10), small(cifar100)];

/** A folder of CIFAR's binary layout, one file of which is the input; the first byte says of which version, and which. */
export const cifarFolder: Target = {
  name: "cifar-folder",
  mutators: [mutateBytes],
  seeds: () =>
    [0, 1].flatMap((version) =>
      [0, 1].map((file) => Buffer.concat([Uint8Array.of(version + 2 * file), whole(version, file)])),
    ),
  prepare: (folder) => {
    const folders = versions.map((_, version) => join(folder, `version-${version}`));
    const good = [0, 1].map((version) => [whole(version, 0), whole(version, 1)] as const);
    return (input) => {
      const [first = 0] = input;
      const number = first & 1;
      const version = versions[number] ?? versions[0];
      const directory = folders[number] ?? folder;
      const layout = version?.layouts.find(({ encoding }) => encoding === "binary");
      const [batch, names] = good[number] ?? [];
      assert.ok(version && layout && batch && names);
      mkdirSync(directory, { recursive: true });
      for (const name of [...layout.trainFiles, layout.valFile]) writeFileSync(join(directory, name), batch);
      writeFileSync(join(directory, layout.namesFile), names);
      writeFileSync(join(directory, (first & 2) === 0 ? layout.valFile : layout.namesFile), input.subarray(1));
      const { classNames, val } = loadCifar(version, directory);
      assert.equal(classNames.length, version.format.numClasses);
      assert.ok(val.labels.every((label) => label >= 0 && label < classNames.length));
    };
  },
};

/** A good batch file (0) or names file (1) of a version. */
function whole(version: number, file: number): Uint8Array {
  const { format, knownNames } = versions[version] ?? cifar10;
  if (file === 1) return Buffer.from(knownNames.map((name) => `${name}\n`).join(""));
  const record = (image: number) =>
    Uint8Array.from({ length: format.labelBytes + cifarImageBytes }, (_, at) =>
      at < format.labelBytes ? image + 3 : at,
    );
  return Buffer.concat([record(0), record(1)]);
}
