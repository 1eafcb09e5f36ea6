import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { listTensors } from "../../../tests/support/torch-tensors.js";
import { withTorchArchive } from "../../formats/torch/archive.js";
import { withTorchLegacy } from "../../formats/torch/legacy.js";
import { packageRoot } from "../../system/package-root.js";
import { liveTensors, scope } from "../../tensor/tensor.js";
import { readTorchTensors } from "./torch-tensors.js";

const FOLDER = join(packageRoot(), "tests", "fixtures", "checkpoints");
const WHOLE = readdirSync(FOLDER).filter((name) => name.endsWith(".pth") && !/truncated|malicious/.test(name));

for (const name of WHOLE) {
  test(`${name}: the tensors have the elements of the file, floating-point ones as float32, and no others stay`, () => {
    const path = join(FOLDER, name);
    const withModel = /^legacy|^python2/.test(name) ? withTorchLegacy : withTorchArchive;
    const expected = withModel(path, listTensors).tensors as [string, string, number[], number[]][];
    const before = liveTensors();
    scope(() => {
      const tensors = withModel(path, readTorchTensors);
      assert.equal(liveTensors() - before, tensors.size);
      assert.deepEqual(
        [...tensors].map(([tensor, x]) => [tensor, x.dtype, x.shape, x.toArray()]),
        expected.map(([tensor, dtype, ...rest]) => [tensor, /float/.test(dtype) ? "float32" : dtype, ...rest]),
      );
    });
    assert.equal(liveTensors(), before);
  });
}

test("tensors of one storage do not share memory once read", () => {
  scope(() => {
    const tensors = withTorchArchive(join(FOLDER, "views.pth"), readTorchTensors);
    tensors
      .get("base")
      ?.toTypedArray()
      .fill(0 as never);
    assert.deepEqual(tensors.get("column")?.toArray(), [1 / 8, 5 / 8, 9 / 8]);
  });
});
