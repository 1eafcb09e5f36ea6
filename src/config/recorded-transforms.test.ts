import assert from "node:assert/strict";
import { test } from "node:test";
import { transformNames } from "../data/images/transforms/registry.js";
import type { ImageTransforms } from "../data/images/transforms/transform.js";
import { builtInNames } from "./built-in-json.js";
import { parseRecordedTransforms } from "./recorded-transforms.js";
import { loadTransforms, parseTransforms } from "./transform.js";

/** What a run records, as JSON. */
const asJson = (transforms: ImageTransforms) => JSON.parse(JSON.stringify(transforms));

for (const name of builtInNames("transform")) {
  test(`${name} comes back as it was recorded`, () => {
    const transforms = loadTransforms(name, assert.fail);
    assert.deepEqual(parseRecordedTransforms(asJson(transforms), "config.json"), transforms);
  });
}

/** Every transform with arguments that are not its defaults. */
const OTHERS = parseTransforms(
  {
    train: [
      { name: "Resize", args: { size: 40, max_size: 50, interpolation: "nearest" } },
      { name: "Resize", args: { size: [36, 38] } },
      { name: "RandomResizedCrop", args: { size: [30, 31], scale: [0.2, 0.9], ratio: [0.5, 3], interpolation: 3 } },
      { name: "RandomHorizontalFlip", args: { p: 0.25 } },
      {
        name: "RandomCrop",
        args: { size: [20, 24], padding: [1, 2, 3, 4], pad_if_needed: true, fill: [1, 2, 3], padding_mode: "reflect" },
      },
      { name: "CenterCrop", args: { size: 8 } },
      { name: "ColorJitter", args: { brightness: 0.4, contrast: [0.5, 0.7], saturation: 2, hue: 0.1 } },
      { name: "Grayscale", args: { num_output_channels: 3 } },
      { name: "RandomGrayscale", args: { p: 0.3 } },
      {
        name: "RandAugment",
        args: { num_ops: 3, magnitude: 5, num_magnitude_bins: 11, interpolation: "bilinear", fill: [1, 2, 3] },
      },
      { name: "TrivialAugmentWide", args: { num_magnitude_bins: 7, interpolation: 2, fill: 128 } },
      { name: "RandomRotation", args: { degrees: 15, interpolation: 2, expand: true, center: [1, 2], fill: 9 } },
      { name: "ToTensor" },
      { name: "Normalize", args: { mean: [0.1, 0.2, 0.3], std: [1, 2, 3] } },
      { name: "Cutout", args: { length: 3 } },
      { name: "RandomErasing", args: { p: 0.2, scale: [0.1, 0.2], ratio: [0.5, 2], value: [1, -2, 0.5] } },
    ],
    val: [{ name: "CenterCrop", args: { size: [8, 8] } }, { name: "ToTensor" }],
    batch: [{ name: "MixUp", args: { alpha: 0.2 } }, { name: "CutMix" }],
    batch_off_epochs: 3,
  },
  "t.json",
);

test("so does every transform with other arguments than its defaults", () => {
  assert.deepEqual([...new Set(OTHERS.train.map(({ name }) => name))].sort(), [...transformNames].sort());
  assert.deepEqual(parseRecordedTransforms(asJson(OTHERS), "config.json"), OTHERS);
});

test("every argument is to be what a transform JSON may say; what is wrong is named", () => {
  OTHERS.train.forEach((transform, index) => {
    for (const key of Object.keys(transform)) {
      for (const wrong of [-1.5, {}, ["x"], "?"]) {
        if (key === "value" && wrong === -1.5) continue;
        const json = asJson(OTHERS);
        json.train[index][key] = wrong;
        const place = key === "name" ? "name" : `args.${key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`;
        assert.throws(
          () => parseRecordedTransforms(json, "config.json"),
          (error: unknown) => {
            assert.ok(error instanceof Error && error.name === "InputError", String(error));
            const start = `config.json: transforms: key "train[${index}].${place}": expected `;
            assert.ok(error.message.startsWith(start), error.message);
            return true;
          },
        );
      }
    }
  });
});

test("what is missing, unknown or no list is named", () => {
  for (const [change, message] of [
    [{ file: 3 }, /^config\.json: key "transforms\.file": expected a path, found 3$/],
    [
      { train: undefined },
      /^config\.json: key "transforms\.train": expected a list of one or more transforms, found no such key$/,
    ],
    [{ val: [] }, /^config\.json: key "transforms\.val": expected a list/],
    [{ val: {} }, /^config\.json: key "transforms\.val": expected a list/],
    [{ vall: [] }, /^config\.json: key "transforms\.vall": expected a known key/],
    [{ train: [3] }, /^config\.json: transforms: key "train\[0\]": expected a JSON object, found 3$/],
    [{ train: [{ name: "Blur" }] }, /^config\.json: transforms: key "train\[0\]\.name": expected one of /],
    [
      { train: [{ name: "CenterCrop" }] },
      /^config\.json: transforms: key "train\[0\]\.args\.size": expected .* found no such key$/,
    ],
    [{ train: [{ name: "ToTensor", extra: 1 }] }, /^config\.json: transforms: key "train\[0\]\.args\.extra": /],
  ] as const) {
    assert.throws(() => parseRecordedTransforms({ ...asJson(OTHERS), ...change }, "config.json"), {
      name: "InputError",
      message,
    });
  }
  for (const wrong of [undefined, [], "x"]) {
    assert.throws(() => parseRecordedTransforms(wrong, "config.json"), {
      name: "InputError",
      message: /^config\.json: key "transforms": expected a JSON object, found /,
    });
  }
});
