import assert from "node:assert/strict";
import { test } from "node:test";
import { followingNorm } from "./following-norm.js";

const NORMS = new Set(["bn", "bn1", "layer1.0.bn2", "layer1.0.downsample.1", "features.1"]);

const CASES = [
  ["conv1", "bn1"],
  ["conv", "bn"],
  ["layer1.0.conv2", "layer1.0.bn2"],
  ["layer1.0.downsample.0", "layer1.0.downsample.1"],
  ["features.0", "features.1"],
  ["features.1", undefined],
  ["layer1.0.conv1", undefined],
  ["conv12", undefined],
  ["fc", undefined],
  ["deconv1", undefined],
] as const;

for (const [layer, norm] of CASES) {
  test(`${layer} is followed by ${norm ?? "none"}`, () => {
    assert.equal(
      followingNorm(layer, (name) => NORMS.has(name)),
      norm,
    );
  });
}
