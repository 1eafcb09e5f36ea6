import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import { transformNames } from "../data/images/transforms/registry.js";
import type { ImageTransforms } from "../data/images/transforms/transform.js";
import { InputError } from "../text/errors.js";
import { builtInNames } from "./built-in-json.js";
import { loadTransforms, parseTransforms } from "./transform.js";

const folder = mkdtempSync(join(tmpdir(), "transform-"));
after(() => rmSync(folder, { recursive: true }));

/** The lists of a file, of which nothing needs to be noted. */
function load(nameOrPath: string): Pick<ImageTransforms, "train" | "val"> {
  const { train, val } = loadTransforms(nameOrPath, assert.fail);
  return { train, val };
}

const tensorStep = { name: "ToTensor" };

/** The first transform of a file whose training list begins with it. */
function parsed(name: string, args?: unknown): unknown {
  const item = args === undefined ? { name } : { name, args };
  const isTensorStep = ["Normalize", "Cutout", "RandomErasing"].includes(name);
  const train = isTensorStep ? [tensorStep, item] : name === "ToTensor" ? [item] : [item, tensorStep];
  return parseTransforms({ train, val: [tensorStep] }, "t.json").train[isTensorStep ? 1 : 0];
}

test("the built-in files are the recipes of CIFAR-10 and ImageNet", () => {
  assert.deepEqual(builtInNames("transform"), ["cifar10", "cifar10-cutout", "imagenet", "tiny-imagenet"]);
  const cifar = { name: "Normalize", mean: [0.4914, 0.4822, 0.4465], std: [0.247, 0.2435, 0.2616] };
  const imagenet = { name: "Normalize", mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
  const flip = { name: "RandomHorizontalFlip", p: 0.5 };
  const crop = (side: number, padding: number) => ({
    name: "RandomCrop",
    size: { height: side, width: side },
    padding: { left: padding, top: padding, right: padding, bottom: padding },
    padIfNeeded: false,
    fill: [0, 0, 0],
    paddingMode: "constant",
  });
  const toTensor = { name: "ToTensor" };
  assert.deepEqual(load("cifar10"), { train: [crop(32, 4), flip, toTensor, cifar], val: [toTensor, cifar] });
  assert.deepEqual(load("cifar10-cutout"), {
    train: [crop(32, 4), flip, toTensor, cifar, { name: "Cutout", length: 16 }],
    val: [toTensor, cifar],
  });
  assert.deepEqual(load("tiny-imagenet"), {
    train: [crop(64, 8), flip, toTensor, imagenet],
    val: [{ name: "CenterCrop", size: { height: 64, width: 64 } }, toTensor, imagenet],
  });
  const size = { height: 224, width: 224 };
  assert.deepEqual(load("imagenet"), {
    train: [
      { name: "RandomResizedCrop", size, scale: [0.08, 1], ratio: [3 / 4, 4 / 3], interpolation: "bilinear" },
      flip,
      toTensor,
      imagenet,
    ],
    val: [
      { name: "Resize", size: 256, interpolation: "bilinear", maxSize: null },
      { name: "CenterCrop", size },
      toTensor,
      imagenet,
    ],
  });
});

test("sizes, paddings and fills are written as torchvision takes them", () => {
  const crop = (args: object) => parsed("RandomCrop", { size: 8, ...args }) as Record<string, unknown>;
  assert.deepEqual(crop({ size: [3, 4] })["size"], { height: 3, width: 4 });
  assert.deepEqual(crop({ size: [3] })["size"], { height: 3, width: 3 });
  assert.deepEqual(crop({ padding: null })["padding"], { left: 0, top: 0, right: 0, bottom: 0 });
  assert.deepEqual(crop({ padding: [5] })["padding"], { left: 5, top: 5, right: 5, bottom: 5 });
  assert.deepEqual(crop({ padding: [1, 2] })["padding"], { left: 1, top: 2, right: 1, bottom: 2 });
  assert.deepEqual(crop({ padding: [1, 2, 3, 4] })["padding"], { left: 1, top: 2, right: 3, bottom: 4 });
  assert.deepEqual(crop({ fill: 7 })["fill"], [7, 7, 7]);
  assert.deepEqual(crop({ fill: [1, 2, 3], padding_mode: "reflect", pad_if_needed: true }), {
    ...crop({}),
    fill: [1, 2, 3],
    paddingMode: "reflect",
    padIfNeeded: true,
  });
  assert.deepEqual(parsed("Resize", { size: [224] }), {
    name: "Resize",
    size: 224,
    interpolation: "bilinear",
    maxSize: null,
  });
});

test("what RandomErasing writes is a number for all channels, one for each, or noise", () => {
  const erasing = (args?: object) => parsed("RandomErasing", args) as Record<string, unknown>;
  assert.deepEqual(erasing(), {
    name: "RandomErasing",
    p: 0.5,
    scale: [0.02, 0.33],
    ratio: [0.3, 3.3],
    value: [0, 0, 0],
  });
  assert.deepEqual(erasing({ value: -2 })["value"], [-2, -2, -2]);
  assert.deepEqual(erasing({ value: [1, 2, 3] })["value"], [1, 2, 3]);
  assert.equal(erasing({ value: "random", inplace: true })["value"], "random");
});

test("an interpolation is Pillow's name or number", () => {
  const names = ["nearest", "lanczos", "bilinear", "bicubic", "box", "hamming"];
  for (const [number, name] of names.entries()) {
    for (const interpolation of [number, name]) {
      assert.deepEqual(parsed("Resize", { size: 9, interpolation, antialias: true }), {
        name: "Resize",
        size: 9,
        interpolation: name,
        maxSize: null,
      });
    }
  }
});

test("an unknown name is an error with the nearest one", () => {
  rejects(
    "RandomHorizontalFilp",
    undefined,
    /^t\.json: key "train\[0\]\.name": expected one of RandomCrop, .*, found "RandomHorizontalFilp"; did you mean "RandomHorizontalFlip"\?$/,
  );
  rejects("FiveCrop", {}, /expected one of RandomCrop, RandomHorizontalFlip, .*, found "FiveCrop"$/);
});

test("unknown and wrong arguments are named with their place", () => {
  rejects(
    "RandomCrop",
    { size: 32, paddding: 4 },
    'key "train[0].args.paddding": expected a known key, found an unknown key; did you mean "padding"?',
  );
  rejects(
    "RandomCrop",
    {},
    'key "train[0].args.size": expected an integer from 1 to 32768, or [height, width], found no such key',
  );
  rejects(
    "RandomCrop",
    { size: "32" },
    'key "train[0].args.size": expected an integer from 1 to 32768, or [height, width], found "32"',
  );
  rejects(
    "RandomCrop",
    { size: 0 },
    'key "train[0].args.size": expected an integer from 1 to 32768, or [height, width], found 0',
  );
  rejects(
    "RandomCrop",
    { size: 4, padding: [1, 2, 3] },
    /"train\[0\]\.args\.padding": expected null, an integer ≥ 0, .*, found \[1, 2, 3\]$/,
  );
  rejects(
    "RandomCrop",
    { size: 4, padding_mode: "mirror" },
    /"train\[0\]\.args\.padding_mode": expected "constant", .*, found "mirror"$/,
  );
  rejects("RandomCrop", { size: 4, padding_mode: "reflct" }, /found "reflct"; did you mean "reflect"\?$/);
  rejects("RandomHorizontalFlip", { p: 1.5 }, 'key "train[0].args.p": expected a number from 0 to 1, found 1.5');
  rejects(
    "RandomResizedCrop",
    { size: 4, scale: [1, 0.5] },
    /args\.scale": expected \[min, max\] with 0 < min ≤ max ≤ 1, found \[1, 0\.5\]$/,
  );
  rejects("RandomResizedCrop", { size: 4, ratio: [0, 1] }, /args\.ratio": expected .* found \[0, 1\]$/);
  rejects(
    "Resize",
    { size: 4, interpolation: 6 },
    /args\.interpolation": expected one of nearest, .*, or Pillow's number 0 … 5, found 6$/,
  );
  rejects("Resize", { size: 4, max_size: 4 }, 'key "train[0].args.max_size": expected more than size (4), found 4');
  rejects(
    "Resize",
    { size: [4, 4], max_size: 9 },
    'key "train[0].args.max_size": expected null where size is [height, width], found 9',
  );
  rejects("Resize", { size: 4, antialias: false }, 'key "train[0].args.antialias": expected true or null, found false');
  rejects("ToTensor", { x: 1 }, /"train\[0\]\.args\.x": expected no keys, found an unknown key$/);
  rejects("Resize", { size: 9, interpolation: "bicubc" }, /found "bicubc"; did you mean "bicubic"\?$/);
  rejects(
    "Normalize",
    { mean: [0, 0], std: [1, 1, 1] },
    'key "train[1].args.mean": expected a list of 3 numbers, found [0, 0]',
  );
  rejects(
    "Normalize",
    { mean: [0, 0, 0], std: [1, 0, 1] },
    'key "train[1].args.std": expected a list of 3 numbers > 0, found [1, 0, 1]',
  );
  rejects("Cutout", { length: 0 }, 'key "train[1].args.length": expected an integer from 1 to 32768, found 0');
  rejects(
    "RandomErasing",
    { value: "noise" },
    'key "train[1].args.value": expected a number, 3 of them, or "random", found "noise"',
  );
  rejects("CenterCrop", [224], /key "train\[0\]\.args": expected an object of arguments, found \[224\]$/);
});

test("changes of colour have torchvision's arguments and defaults", () => {
  assert.deepEqual(parsed("ColorJitter"), {
    name: "ColorJitter",
    brightness: [1, 1],
    contrast: [1, 1],
    saturation: [1, 1],
    hue: [0, 0],
  });
  assert.deepEqual(parsed("ColorJitter", { brightness: 0.5, contrast: 2, saturation: [0.2, 3], hue: 0.25 }), {
    name: "ColorJitter",
    brightness: [0.5, 1.5],
    contrast: [0, 3],
    saturation: [0.2, 3],
    hue: [-0.25, 0.25],
  });
  assert.deepEqual(parsed("RandomGrayscale"), { name: "RandomGrayscale", p: 0.1 });
  assert.deepEqual(parsed("Grayscale", { num_output_channels: 3 }), { name: "Grayscale", numOutputChannels: 3 });
  const factor = "a number ≥ 0, or [min, max] with 0 ≤ min ≤ max";
  rejects("ColorJitter", { contrast: [2, 1] }, `key "train[0].args.contrast": expected ${factor}, found [2, 1]`);
  const hue = "a number from 0 to 0.5, or [min, max] with -0.5 ≤ min ≤ max ≤ 0.5";
  rejects("ColorJitter", { hue: 0.6 }, `key "train[0].args.hue": expected ${hue}, found 0.6`);
  rejects(
    "Grayscale",
    {},
    'key "train[0].args.num_output_channels": expected 3, since images keep three channels, found no such key',
  );
});

test("what is not such a file is named", () => {
  const list = 'a list of 1 to 100 {"name", "args"}';
  const parse = (json: unknown) => () => parseTransforms(json, "t.json");
  assert.throws(
    parse({ train: [tensorStep] }),
    new InputError(`t.json: key "val": expected ${list}, found no such key`),
  );
  assert.throws(
    parse({ train: [], val: [tensorStep] }),
    new InputError(`t.json: key "train": expected ${list}, found []`),
  );
  assert.throws(
    parse({ train: [tensorStep], val: Array(101).fill(tensorStep) }),
    new InputError(`t.json: key "val": expected ${list}, found a list of 101`),
  );
  assert.throws(parse({ train: [tensorStep], vall: [] }), /key "vall": expected a known key, .*did you mean "val"\?/);
  assert.throws(parse([]), new InputError("t.json: expected a JSON object, found []"));
  assert.throws(parse({ train: ["ToTensor"], val: [tensorStep] }), {
    name: "InputError",
    message: 't.json: key "train[0]": expected a JSON object, found "ToTensor"',
  });
  assert.throws(parse({ train: [tensorStep], val: [tensorStep, { name: "RandomHorizontalFlip" }] }), {
    name: "InputError",
    message: "t.json: val[1]: expected image transforms before ToTensor, found RandomHorizontalFlip",
  });
});

test("a path is read, and an unknown name gets the nearest", () => {
  const path = join(folder, "mine.json");
  writeFileSync(path, JSON.stringify({ train: [tensorStep], val: [tensorStep] }));
  assert.deepEqual(load(path), { train: [tensorStep], val: [tensorStep] });
  assert.throws(() => load("imagnet"), /^InputError: imagnet: .* did you mean "imagenet"\?$/);
});

test("any JSON value gives transforms or a one-line InputError that names the file", () => {
  const args = fc.dictionary(
    fc.constantFrom("size", "padding", "p", "scale", "interpolation", "mean", "std", "length"),
    fc.jsonValue(),
  );
  const item = fc.record(
    { name: fc.constantFrom(...transformNames, "toString", "__proto__"), args },
    { requiredKeys: ["name"] },
  );
  const file = fc.record({ train: fc.array(fc.oneof(item, fc.jsonValue())), val: fc.constant([tensorStep]) });
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), file), (json) => {
      try {
        parseTransforms(json, "t.json");
      } catch (error) {
        assert.ok(error instanceof InputError, String(error));
        assert.match(error.message, /^t\.json: [^\n]+$/);
      }
    }),
    { numRuns: 1000 },
  );
});

function rejects(name: string, args: unknown, message: string | RegExp): void {
  assert.throws(
    () => parsed(name, args),
    typeof message === "string" ? new InputError(`t.json: ${message}`) : { name: "InputError", message },
  );
}

test("batch transforms have torchvision's names and defaults; what is wrong with them is named", () => {
  const file = (batch: unknown, more: object = {}) => ({ train: [tensorStep], val: [tensorStep], batch, ...more });
  const parse = (batch: unknown, more?: object) => parseTransforms(file(batch, more), "t.json").batch;
  assert.equal("batch" in parseTransforms({ train: [tensorStep], val: [tensorStep] }, "t.json"), false);
  assert.deepEqual(parse([{ name: "MixUp", args: { alpha: 0.2 } }, { name: "CutMix" }]), {
    transforms: [
      { name: "MixUp", alpha: 0.2 },
      { name: "CutMix", alpha: 1 },
    ],
    offEpochs: 0,
  });
  assert.equal(parse([{ name: "MixUp" }], { batch_off_epochs: 15 })?.offEpochs, 15);
  for (const [batch, more, message] of [
    [[], {}, /^t\.json: key "batch": expected a list of 1 to 100 .*, found \[\]$/],
    [
      [{ name: "Mixup" }],
      {},
      /^t\.json: key "batch\[0\]\.name": expected one of MixUp, CutMix, found "Mixup".*did you mean "MixUp"/,
    ],
    [
      [{ name: "Cutout", args: { length: 4 } }],
      {},
      /^t\.json: key "batch\[0\]\.name": expected one of MixUp, CutMix, found/,
    ],
    [
      [{ name: "MixUp" }, { name: "CutMix", args: { alpha: 0 } }],
      {},
      /^t\.json: key "batch\[1\]\.args\.alpha": expected a number from 0\.001 to 1000, found 0$/,
    ],
    [
      [{ name: "MixUp", args: { alhpa: 1 } }],
      {},
      /^t\.json: key "batch\[0\]\.args\.alhpa": expected one of alpha, found an unknown key$/,
    ],
    [
      [{ name: "MixUp" }],
      { batch_off_epochs: -1 },
      /^t\.json: key "batch_off_epochs": expected an integer ≥ 0, found -1$/,
    ],
    [undefined, { batch_off_epochs: 2 }, /^t\.json: key "batch_off_epochs": expected none without "batch", found 2$/],
  ] as const) {
    assert.throws(() => parse(batch, more), { name: "InputError", message });
  }
});
