import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import { readSafetensors, type SafetensorsEntry, type SafetensorsFile, writeSafetensors } from "../safetensors.js";
import { packModel, unpackModel } from "./packed-model.js";

const folder = mkdtempSync(join(tmpdir(), "packed-"));
after(() => rmSync(folder, { recursive: true }));

function floats(shape: readonly number[], valueAt: (index: number) => number): SafetensorsEntry {
  const count = shape.reduce((product, size) => product * size, 1);
  const values = Float32Array.from({ length: count }, (_, index) => valueAt(index));
  return { dtype: "F32", shape, data: new Uint8Array(values.buffer) };
}

const BINARY = [-1, 1];
const TERNARY = [-1, 0, 1];

function model(): Map<string, SafetensorsEntry> {
  return new Map([
    ["conv1.weight", floats([8, 3, 3, 3], (index) => index / 7)],
    ["bn1.weight", floats([8], () => 1)],
    ["bn1.num_batches_tracked", { dtype: "I64", shape: [], data: new Uint8Array(8) }],
    ["layer1.0.conv1.weight", floats([16, 8, 3, 3], (index) => BINARY[index % 2] ?? 0)],
    ["layer1.0.conv2.weight", floats([5, 5], (index) => TERNARY[index % 3] ?? 0)],
    ["linear.bias", floats([10], (index) => index)],
  ]);
}

const SEARCHED = new Map([
  ["layer1.0.conv1.weight", BINARY],
  ["layer1.0.conv2.weight", TERNARY],
]);

function packedFile(): SafetensorsFile {
  const { tensors, metadata } = packModel(model(), SEARCHED);
  return { tensors, metadata };
}

test("a packed file is as small as it says and gives the model back", () => {
  const packed = packModel(model(), SEARCHED);
  const path = join(folder, "packed.safetensors");
  writeSafetensors(path, packed.tensors, packed.metadata);
  assert.equal(statSync(path).size, packed.sizeBytes);
  assert.deepEqual([...unpackModel(readSafetensors(path), path)], [...model()]);
});

test("any model comes back from its packed file: any names, shapes and value sets", () => {
  const searched = fc
    .record({
      values: fc.uniqueArray(
        fc.float({ noNaN: true }).map((value) => value + 0),
        { minLength: 2, maxLength: 20 },
      ),
      shape: fc.array(fc.nat(5), { maxLength: 4 }),
      choices: fc.infiniteStream(fc.nat()),
    })
    .map(({ values, shape, choices }) => ({
      values,
      entry: floats(shape, () => values[Number(choices.next().value) % values.length] ?? 0),
    }));
  const float = fc
    .array(fc.nat(4), { maxLength: 3 })
    .map((shape) => ({ values: null, entry: floats(shape, Math.sqrt) }));
  const layer = fc.stringMatching(/^[a-z.é"\\]{1,12}$/u);
  const layers = fc.uniqueArray(fc.tuple(layer, fc.oneof(searched, float)), {
    selector: ([name]) => name,
    maxLength: 5,
  });
  const path = join(folder, "any.safetensors");
  fc.assert(
    fc.property(layers, (chosen) => {
      const tensors = new Map(chosen.map(([name, { entry }]) => [`${name}.weight`, entry]));
      const sets = chosen.flatMap(([name, { values }]): [string, number[]][] =>
        values ? [[`${name}.weight`, values]] : [],
      );
      const packed = packModel(tensors, new Map(sets));
      writeSafetensors(path, packed.tensors, packed.metadata);
      assert.equal(statSync(path).size, packed.sizeBytes);
      assert.deepEqual([...unpackModel(readSafetensors(path), path)], [...tensors]);
    }),
    { numRuns: 60 },
  );
});

test("a searched weight becomes its bits and its value set, the rest is as it was", () => {
  const { tensors, metadata } = packedFile();
  assert.deepEqual(
    [...tensors].map(([name, { dtype, shape }]) => `${name} ${dtype} [${shape}]`),
    [
      "conv1.weight F32 [8,3,3,3]",
      "bn1.weight F32 [8]",
      "bn1.num_batches_tracked I64 []",
      "layer1.0.conv1.weight.packed U8 [144]",
      "layer1.0.conv1.qvals F32 [2]",
      "layer1.0.conv2.weight.packed U8 [7]",
      "layer1.0.conv2.qvals F32 [3]",
      "linear.bias F32 [10]",
    ],
  );
  assert.deepEqual(metadata, {
    packed_format: "weight-search/1",
    packed_shapes: '{"layer1.0.conv1.weight":[16,8,3,3],"layer1.0.conv2.weight":[5,5]}',
  });
});

test("bits a weight are counted over convolution and linear weights", () => {
  const { bitsPerWeight, searchedBitsPerWeight } = packModel(model(), SEARCHED);
  const searchedBits = 1152 * 1 + 25 * 2;
  assert.equal(searchedBitsPerWeight, searchedBits / (1152 + 25));
  assert.equal(bitsPerWeight, (searchedBits + 216 * 32) / (1152 + 25 + 216));
  const float = packModel(model(), new Map());
  assert.deepEqual([float.bitsPerWeight, float.searchedBitsPerWeight], [32, 0]);
});

test("a model that does not fit its value sets is refused by name", () => {
  const assertWrong = (change: (tensors: Map<string, SafetensorsEntry>) => void, message: string) => {
    const tensors = model();
    change(tensors);
    assert.throws(() => packModel(tensors, SEARCHED), { name: "InputError", message });
  };
  const name = "layer1.0.conv2.weight";
  assertWrong((tensors) => tensors.delete(name), `${name}: expected a tensor of that name, found none`);
  assertWrong(
    (tensors) =>
      tensors.set(
        name,
        floats([2], () => 0.5),
      ),
    `${name}[0]: expected one of -1 0 1, found 0.5`,
  );
  assertWrong(
    (tensors) => tensors.set(name, { dtype: "U8", shape: [1], data: new Uint8Array(1) }),
    `${name}: expected an F32 tensor to pack, found U8`,
  );
  assertWrong(
    (tensors) =>
      tensors.set(
        "layer1.0.conv1.qvals",
        floats([2], () => 1),
      ),
    "layer1.0.conv1.qvals: expected one tensor of that name, found two",
  );
  assert.throws(() => packModel(model(), new Map([["linear.bias", BINARY]])), {
    name: "InputError",
    message: "linear.bias: expected the name of a weight, <layer>.weight",
  });
});

test("a file that is not a packed model is refused, naming the file and the tensor", () => {
  const assertWrong = (change: (file: SafetensorsFile) => void, message: string) => {
    const file = packedFile();
    change(file);
    assert.throws(() => unpackModel(file, "a.safetensors"), {
      name: "InputError",
      message: `a.safetensors: ${message}`,
    });
  };
  const conv2 = "layer1.0.conv2";
  const bytes: SafetensorsEntry = { dtype: "I8", shape: [7], data: new Uint8Array(7) };
  assertWrong(
    ({ metadata }) => delete metadata["packed_format"],
    "metadata: packed_format: expected weight-search/1 or weight-search/2, found none",
  );
  assertWrong(
    ({ metadata }) => delete metadata["packed_shapes"],
    "metadata: packed_shapes: expected a JSON object, found none",
  );
  assertWrong(({ metadata }) => {
    metadata["packed_shapes"] = "[]";
  }, "metadata: packed_shapes: expected a JSON object, found []");
  assertWrong(({ metadata }) => {
    metadata["packed_shapes"] = `{"${conv2}.weight":[-1]}`;
  }, `metadata: packed_shapes: ${conv2}.weight: expected a shape such as [16,3,3,3]`);
  assertWrong(({ metadata }) => {
    metadata["packed_shapes"] = `{"${conv2}.weight":[5,6]}`;
  }, `${conv2}.weight: expected 8 packed bytes, found 7`);
  assertWrong(({ metadata }) => {
    metadata["packed_shapes"] = `{"${conv2}.weight":[5],"${conv2}.weight":[6]}`;
  }, `metadata: packed_shapes: expected each name once, found "${conv2}.weight" twice`);
  assertWrong(
    ({ metadata }) => {
      metadata["packed_shapes"] = JSON.stringify({ ["x".repeat(1000)]: null });
    },
    `metadata: packed_shapes: ${"x".repeat(60)}…: expected a shape such as [16,3,3,3]`,
  );
  assertWrong(
    ({ tensors }) => tensors.set(`${conv2}.weight`, bytes),
    `${conv2}.weight: expected one tensor of that name, found two`,
  );
  assertWrong(
    ({ tensors }) => tensors.delete(`${conv2}.weight.packed`),
    `${conv2}.weight.packed: expected a tensor of that name, found none`,
  );
  assertWrong(
    ({ tensors }) => tensors.set(`${conv2}.weight.packed`, bytes),
    `${conv2}.weight.packed: expected U8, found I8`,
  );
  assertWrong(
    ({ tensors }) => tensors.delete(`${conv2}.qvals`),
    `${conv2}.qvals: expected F32 [2 to 65536], found none`,
  );
  assertWrong(
    ({ tensors }) =>
      tensors.set(
        `${conv2}.qvals`,
        floats([1], () => 0),
      ),
    `${conv2}.qvals: expected F32 [2 to 65536], found F32 [1]`,
  );
});
