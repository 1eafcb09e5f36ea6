import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { packNetwork } from "../export/pack-network.js";
import { writeSafetensors } from "../formats/safetensors.js";
import { networks } from "../models/registry.js";
import type { SearchPolicy } from "../models/search-policy.js";
import type { Module } from "../nn/module.js";
import { quantizedState, trainingState } from "../nn/state-dict.js";
import { stageValues } from "../search/progressive-stages.js";
import { noGrad } from "../tensor/autograd.js";
import { randn } from "../tensor/create.js";
import { toEntries } from "../tensor/entries.js";
import { manualSeed } from "../tensor/runtime.js";
import { scope, type Tensor } from "../tensor/tensor.js";
import { startFromFile, startFromStage } from "./initial-model.js";

const folder = mkdtempSync(join(tmpdir(), "initial-model-"));
after(() => rmSync(folder, { recursive: true }));

let seed = 0;

/** A ResNet-20 with initial values of its own, searched over these values or float. */
function network(
  values: readonly number[] | null,
  { numClasses = 10, ...layers }: Partial<SearchPolicy> & { numClasses?: number } = {},
): Module {
  manualSeed(++seed);
  const search = values && { values, firstLayer: false, lastLayer: false, ...layers };
  const built = networks.get("resnet20")?.build({ numClasses, search });
  assert.ok(built);
  return built;
}

const byBit = (stage: number) => network(stageValues(stage));

let files = 0;

/** Writes tensors, optionally renamed, to a separate file. */
function write(tensors: ReadonlyMap<string, Tensor>, prefix = ""): string {
  const path = join(folder, `${files++}.safetensors`);
  writeSafetensors(path, toEntries(new Map([...tensors].map(([name, x]) => [prefix + name, x]))), {});
  return path;
}

/** Writes what `weight-search train` leaves in a run directory. */
function writeRun(trained: Module, names: readonly ("model" | "state" | "packed")[]): string {
  const directory = join(folder, `run${files++}`);
  mkdirSync(directory);
  for (const name of names) {
    const packed = name === "packed" ? packNetwork(trained) : null;
    const tensors = packed?.tensors ?? toEntries(name === "model" ? quantizedState(trained) : trainingState(trained));
    writeSafetensors(join(directory, `${name}.safetensors`), tensors, packed?.metadata ?? {});
  }
  return directory;
}

const IMAGE = [3, 16, 16];
const images = randn([2, ...IMAGE]);

/** The network's logits with the weights it found. */
function logits(of: Module): number[] {
  quantizedState(of);
  return scope(() => noGrad(() => of.forward(images, "eval").toArray()));
}

function values(of: Module): [string, number[]][] {
  return [...trainingState(of)].map(([name, x]) => [name, x.toArray()]);
}

/** The weights found, of all searched layers. */
function searchedWeights(of: Module): number[] {
  const found = quantizedState(of);
  return [...of.namedSearchedWeights()].flatMap(([name]) => found.get(`${name}.weight`)?.toArray() ?? []);
}

test("a stage after the first starts as what was found before, whichever file holds it", () => {
  const first = byBit(0);
  const state = trainingState(first);
  const sources = [
    writeRun(first, ["model", "state", "packed"]),
    writeRun(first, ["state"]),
    writeRun(first, ["packed"]),
    write(state),
    write(quantizedState(first)),
    write(quantizedState(first), "module."),
    write(state, "model.module."),
  ];
  for (const source of sources) {
    const second = byBit(1);
    const lines = startFromFile(second, source, { stage: 1, imageShape: IMAGE });
    assert.deepEqual(logits(second), logits(first));
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? "", /: \d+ tensors loaded, the searched weights fixed; stage 1 searches their factors$/);
    assert.ok(lines[0]?.startsWith(source));
    for (const [layer, { frozen }] of second.namedSearchedWeights()) assert.ok(frozen, layer);
  }
});

test("a third stage starts from the second's run, from its state and from its network", () => {
  const first = byBit(0);
  const second = byBit(1);
  startFromStage(second, first, 1);
  assert.deepEqual(logits(second), logits(first));
  // As if the search had halved every other weight.
  for (const [, searched] of second.namedSearchedWeights()) {
    const { logits: alpha } = searched;
    const pairs = alpha.toTypedArray() as Float32Array;
    for (let weight = 0; weight < pairs.length / 2; weight += 2) pairs[2 * weight + 1] = 5;
  }
  const found = new Set(searchedWeights(second));
  assert.deepEqual([...found].sort(), [-0.5, -1, 0.5, 1]);
  for (const source of [
    writeRun(second, ["model", "state"]),
    writeRun(second, ["packed"]),
    write(trainingState(second)),
  ]) {
    const third = byBit(2);
    startFromFile(third, source, { stage: 2, imageShape: IMAGE });
    assert.deepEqual(logits(third), logits(second));
  }
  const third = byBit(2);
  startFromStage(third, second, 2);
  assert.deepEqual(logits(third), logits(second));
  assert.throws(() => startFromFile(byBit(1), writeRun(second, ["model"]), { stage: 1, imageShape: IMAGE }), {
    name: "InputError",
    message:
      /model\.safetensors: tensor "layer1\.0\.conv1\.weight": element \d+: expected a value of the stage before stage 1, one of -1, 1, found -?0\.5$/,
  });
});

test("the first stage continues from its own kind of logits, and is reinitialized from those of a later one", () => {
  const first = byBit(0);
  const again = byBit(0);
  const run = writeRun(first, ["model", "state"]);
  const count = quantizedState(first).size;
  assert.deepEqual(startFromFile(again, run, { stage: 0, imageShape: IMAGE }), [
    `${run}/state.safetensors: ${count} tensors loaded, 0 missing, 0 not used`,
  ]);
  assert.deepEqual(values(again), values(first));

  const second = byBit(1);
  startFromStage(second, first, 1);
  const fresh = byBit(0);
  const lines = startFromFile(fresh, writeRun(second, ["state"]), { stage: 0, imageShape: IMAGE });
  assert.match(lines.join("\n"), /^search started from float weights: 18 /m);
  assert.deepEqual(searchedWeights(fresh), searchedWeights(first));
});

test("a float network takes a search's quantized weights, and a search the signs of a float network's", () => {
  const searched = network([-1, 1]);
  const float = network(null);
  const lines = startFromFile(float, writeRun(searched, ["state"]), { stage: null, imageShape: IMAGE }).join("\n");
  assert.match(lines, /^loaded as quantized weights, as the value set differs or the layer is float: 18 /m);
  assert.deepEqual(logits(float), logits(searched));

  const trained = network(null);
  const search = network([-1, 1]);
  assert.match(
    startFromFile(search, writeRun(trained, ["state"]), { stage: null, imageShape: IMAGE }).join("\n"),
    /^search started from float weights: 18 /m,
  );
  const found = quantizedState(trained);
  assert.deepEqual(
    searchedWeights(search),
    [...search.namedSearchedWeights()].flatMap(([name]) => found.get(`${name}.weight`)?.toArray().map(Math.sign) ?? []),
  );
});

const FAULTS: readonly [title: string, source: () => string, message: RegExp][] = [
  [
    "a float network",
    () => writeRun(network(null), ["model"]),
    /model\.safetensors: tensor "layer1\.0\.conv1\.weight": element 0: expected a value of the stage before stage 1, one of -1, 1, found /,
  ],
  [
    "a network for other classes",
    () => writeRun(network([-1, 1], { numClasses: 3 }), ["model"]),
    /model\.safetensors: tensor "linear\.weight": expected shape \[10,64\], found \[3,64\]$/,
  ],
  [
    "half a network",
    () => write(new Map([...quantizedState(byBit(0))].filter(([name]) => !name.startsWith("layer3")))),
    /\.safetensors: tensor "layer3\.0\.bn1\.weight": expected shape \[64\], found no such tensor$/,
  ],
  ["an empty run", () => writeRun(byBit(0), []), /run\d+: expected a run directory with model\.safetensors or /],
  ["nothing", () => join(folder, "nothing"), /nothing: expected a safetensors file, a file of torch\.save, or a run/],
];
for (const [title, source, message] of FAULTS) {
  test(`a later stage from ${title}: an error, and the network stays as it was`, () => {
    const later = byBit(1);
    const before = values(later);
    assert.throws(() => startFromFile(later, source(), { stage: 1, imageShape: IMAGE }), {
      name: "InputError",
      message,
    });
    assert.deepEqual(values(later), before);
  });
}
