import assert from "node:assert/strict";
import { test } from "node:test";
import { noGrad } from "../tensor/autograd.js";
import { randn } from "../tensor/create.js";
import { scope } from "../tensor/tensor.js";
import { InputError } from "../text/errors.js";
import type { NetworkFamily } from "./network.js";
import { checkImageSize, networks } from "./registry.js";

function family(arch: string): NetworkFamily {
  const found = networks.get(arch);
  assert.ok(found);
  return found;
}

test("a network names the image sizes it takes", () => {
  const refuses = (arch: string, height: number, width: number, expected: string) =>
    assert.throws(
      () => checkImageSize(family(arch), arch, height, width),
      new InputError(`\`network\`: network ${arch} expects images of ${expected}, found ${height}×${width}`),
    );
  refuses("vgg_small", 64, 64, "32×32 pixels");
  refuses("vgg_small", 32, 28, "32×32 pixels");
  refuses("resnet20", 7, 8, "at least 8×8 pixels");
  refuses("resnet50", 224, 31, "at least 32×32 pixels");
  refuses("vit", 32, 30, "a multiple of 4 pixels in height and width");
  checkImageSize(family("vit"), "vit", 28, 32);
  checkImageSize(family("vgg_small"), "vgg_small", 32, 32);
  checkImageSize(family("resnet20"), "resnet20", 8, 64);
  checkImageSize(family("resnet50"), "resnet50", 32, 224);
});

test("every network takes the images it was made for, and the smallest that it says it takes", () => {
  for (const [arch, { build, imageSize, madeFor }] of networks) {
    checkImageSize(family(arch), arch, madeFor.imageSize, madeFor.imageSize);
    const [size = Number.NaN] = Object.values(imageSize);
    scope(() => {
      const network = build({ numClasses: 3, channels: 2, imageSize: [size, size], search: null });
      const logits = noGrad(() => network.forward(randn([2, 2, size, size]), "train"));
      assert.deepEqual(logits.shape, [2, 3]);
      assert.ok(logits.toArray().every(Number.isFinite), arch);
    });
  }
});
