// Logits of networks with a state dict that PyTorch wrote, against PyTorch's own.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { findPython } from "../benchmarks/python.js";
import { summarize } from "../src/export/summarize.js";
import { networkFamily } from "../src/models/registry.js";
import { readModelFile } from "../src/nn/files/read-model.js";
import { loadWhole } from "../src/nn/load-whole.js";
import { noGrad } from "../src/tensor/autograd.js";
import { fromTypedArray } from "../src/tensor/create.js";
import { scope } from "../src/tensor/tensor.js";
import { ROOT } from "./support/command.js";
import { assertNear } from "./support/near.js";

const folder = mkdtempSync(join(tmpdir(), "weight-search-torch-networks-"));
after(() => rmSync(folder, { recursive: true }));

const python = findPython();
const NUM_CLASSES = 7;

function floats(name: string): Float32Array {
  const bytes = readFileSync(join(folder, name));
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

for (const [name, size] of [
  ["mobilenet_v2", 64],
  ["vit_tiny_patch16_224", 224],
  ["vit", 32],
] as const) {
  test(`${name}: a state dict of PyTorch loads by name, and the logits are PyTorch's`, (context) => {
    if (typeof python === "string") return context.skip(python);
    const script = join(ROOT, "tests", "support", "torch_networks.py");
    const { status, stderr } = spawnSync(python.executable, [script, name, folder], { encoding: "utf8" });
    if (stderr.includes("No module named 'torchvision'")) return context.skip("no torchvision");
    assert.equal(status, 0, stderr);
    scope(() => {
      const network = networkFamily(name).build({ numClasses: NUM_CLASSES, imageSize: [size, size], search: null });
      const lines = loadWhole(network, readModelFile(join(folder, "model.pth")), [3, size, size]);
      assert.match(lines.join("\n"), / 0 missing, 0 not used/);
      const images = fromTypedArray(floats("images.f32"), [2, 3, size, size]);
      const logits = noGrad(() => network.forward(images, "eval"));
      assert.deepEqual(logits.shape, [2, NUM_CLASSES]);
      assertNear(logits.toArray(), [...floats("logits.f32")], { absolute: 1e-4, relative: 1e-4 });
    });
  });
}

test("numbers of parameters and multiply-adds are the published ones", () => {
  const totals = (arch: string) => {
    const family = networkFamily(arch);
    const { parameters, multiplyAdds } = summarize({ arch, family, search: null, ...family.madeFor });
    return [parameters.total, multiplyAdds];
  };
  assert.deepEqual(totals("mobilenet_v2"), [3_504_872, 300_774_272]);
  assert.equal(totals("vit_tiny_patch16_224")[0], 5_717_416);
  // fc1 784·512, fc2 512·512 and fc3 512·10 with its bias, and two normalizations.
  assert.deepEqual(totals("mlp"), [784 * 512 + 512 * 512 + 512 * 10 + 10 + 4 * 512, 784 * 512 + 512 * 512 + 5120]);
});
