import assert from "node:assert/strict";
import { test } from "node:test";
import { spread } from "../../tests/support/gradient.js";
import { type PackedModel, unpackModel } from "../formats/packed/packed-model.js";
import { Flatten } from "../nn/flatten.js";
import { Linear } from "../nn/linear.js";
import { Sequential } from "../nn/sequential.js";
import { quantizedState } from "../nn/state-dict.js";
import { copyInto } from "../tensor/arithmetic.js";
import { noGrad } from "../tensor/autograd.js";
import { tensor } from "../tensor/create.js";
import { toEntries } from "../tensor/entries.js";
import { manualSeed } from "../tensor/runtime.js";
import { scope } from "../tensor/tensor.js";
import { packNetwork } from "./pack-network.js";

/** A searched layer with a scale for each number of `scale`, or without one. */
function network(scale: readonly number[]): Sequential {
  const per = scale.length === 1 ? "layer" : "channel";
  const layer = new Linear({
    inFeatures: 16,
    outFeatures: 3,
    values: [-1, 0, 1],
    scale: scale.length === 0 ? "none" : per,
  });
  const made = new Sequential(new Flatten(), layer);
  for (const [, { scale: own }] of made.namedSearchedWeights()) {
    if (own !== null) noGrad(() => copyInto(own.tensor, tensor(scale)));
  }
  return made;
}

test("a packed model with scales unpacks to the quantized model, bit for bit", () => {
  scope(() => {
    manualSeed(1);
    for (const scale of [[0.1], spread(3)]) {
      const searched = network(scale);
      const packed = packNetwork(searched);
      assert.ok(packed);
      assert.equal(packed.metadata["packed_format"], "weight-search/2");
      assert.deepEqual(packed.tensors.get("1.scale")?.shape, [scale.length]);
      assert.deepEqual(packed.tensors.get("1.weight.packed")?.shape, [12]);
      const unpacked = unpackModel(packed);
      const expected = toEntries(quantizedState(searched));
      assert.deepEqual([...unpacked.keys()].sort(), [...expected.keys()].sort());
      for (const [name, { shape, data }] of expected) {
        assert.deepEqual(unpacked.get(name)?.shape, shape);
        assert.deepEqual(Buffer.from(unpacked.get(name)?.data ?? []), Buffer.from(data), name);
      }
    }
    assert.equal(packNetwork(network([]))?.metadata["packed_format"], "weight-search/1");
  });
});

test("a scale that is missing, of another size, or of no packed weight is refused", () => {
  scope(() => {
    const packed = packNetwork(network([1, 2, 3]));
    assert.ok(packed);
    const refused = (
      change: (file: { tensors: PackedModel["tensors"]; metadata: Record<string, string> }) => void,
      message: string,
    ) => {
      const file = { tensors: new Map(packed.tensors), metadata: { ...packed.metadata } };
      change(file);
      assert.throws(() => unpackModel(file, "a"), { name: "InputError", message: `a: ${message}` });
    };
    const scale = packed.tensors.get("1.scale");
    assert.ok(scale);
    const expected = "1.weight: scale: expected a tensor of the same layer, F32 [1] or [3], found";
    refused(({ tensors }) => tensors.delete("1.scale"), `${expected} none`);
    refused(({ tensors }) => tensors.set("1.scale", { ...scale, shape: [2] }), `${expected} F32 [2]`);
    const names = "metadata: packed_scaled: expected a list of names of packed weights, each once, found";
    refused(({ metadata }) => delete metadata["packed_scaled"], `${names} none`);
    for (const wrong of ["{}", '["other.weight"]', '["1.weight","1.weight"]', "[1]"]) {
      refused(({ metadata }) => {
        metadata["packed_scaled"] = wrong;
      }, `${names} ${wrong}`);
    }
  });
});
