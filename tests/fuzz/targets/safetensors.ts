import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packModel, unpackModel } from "../../../src/formats/packed/packed-model.js";
import { readSafetensors, type SafetensorsEntry, writeSafetensors } from "../../../src/formats/safetensors.js";
import { type Mutator, mutateBytes } from "../mutate-bytes.js";
import { mutateJson } from "../mutate-json.js";
import type { Target } from "../target.js";
import { feedFile } from "./feed-file.js";

/** Changes the header's JSON and corrects its length. */
export const mutateHeader: Mutator = (input, draw, other) => {
  const bytes = Buffer.from(input);
  const length = bytes.length < 8 ? 0n : bytes.readBigUInt64LE();
  if (length === 0n || length > BigInt(bytes.length - 8)) return mutateBytes(input, draw, other);
  const dataStart = 8 + Number(length);
  const header = mutateJson(bytes.subarray(8, dataStart), draw, other);
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([prefix, header, bytes.subarray(dataStart)]);
};

const floats = (values: readonly number[], shape: readonly number[] = [values.length]): SafetensorsEntry => ({
  dtype: "F32",
  shape,
  data: new Uint8Array(Float32Array.from(values).buffer),
});

const tensors = new Map<string, SafetensorsEntry>([
  ["conv1.weight", floats([1, -1, 1, 1, -1, -1, 1, -1, 1, 1, -1, 1], [2, 2, 3])],
  ["layer.conv2.weight", floats([0, 0.5, -0.5, 0, 0.5, 0.5], [6, 1])],
  ["bn.weight", floats([1, 2])],
  ["bn.num_batches_tracked", { dtype: "I64", shape: [], data: new Uint8Array(8) }],
  ["half", { dtype: "F16", shape: [1, 3], data: Uint8Array.of(0, 60, 0, 188, 255, 123) }],
  ["empty", { dtype: "BF16", shape: [0, 4], data: new Uint8Array(0) }],
  ["flags", { dtype: "BOOL", shape: [3], data: Uint8Array.of(0, 1, 1) }],
]);

const packed = packModel(
  tensors,
  new Map([
    ["conv1.weight", [-1, 1]],
    ["layer.conv2.weight", [-0.5, 0, 0.5]],
  ]),
);

/** A safetensors file of these tensors, as bytes. */
function fileOf(entries: ReadonlyMap<string, SafetensorsEntry>, metadata: Record<string, string>): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), "weight-search-seed-"));
  try {
    writeSafetensors(join(folder, "seed"), entries, metadata);
    return readFileSync(join(folder, "seed"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A plain and a packed model. */
export function safetensorsSeeds(): Uint8Array[] {
  return [fileOf(tensors, { format: "pt", arch: "resnet20" }), fileOf(packed.tensors, packed.metadata)];
}

export const safetensors: Target = {
  name: "safetensors",
  mutators: [mutateBytes, mutateHeader, mutateHeader],
  seeds: () => [...safetensorsSeeds(), fileOf(new Map(), {})],
  prepare: (folder) =>
    feedFile(folder, "input", (path) => {
      const file = readSafetensors(path);
      const dataBytes = [...file.tensors.values()].reduce((sum, { data }) => sum + data.length, 0);
      assert.ok(dataBytes <= statSync(path).size - 8, "more bytes of tensors than the file has");
      const copy = join(folder, "copy");
      writeSafetensors(copy, file.tensors, file.metadata);
      const again = readSafetensors(copy);
      assert.deepEqual(again.tensors, file.tensors);
      assert.deepEqual([...again.tensors.keys()], [...file.tensors.keys()]);
      assert.deepEqual(again.metadata, file.metadata);
    }),
};

/** Changes the shapes in a packed file's metadata. */
const mutatePackedShapes: Mutator = (input, draw, other) => {
  const text = Buffer.from(input).toString("latin1");
  const shapes = /"packed_shapes":("(?:[^"\\]|\\.)*")/.exec(text)?.[1];
  if (shapes === undefined) return mutateHeader(input, draw, other);
  const parsed = stringOf(shapes);
  if (parsed === undefined) return mutateHeader(input, draw, other);
  const at = text.indexOf(shapes);
  const changed = mutateJson(Buffer.from(parsed), draw, other);
  const written = Buffer.from(JSON.stringify(Buffer.from(changed).toString("utf8")));
  const bytes = Buffer.concat([input.subarray(0, at), written, input.subarray(at + shapes.length)]);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, bytes.readBigUInt64LE() + BigInt(written.length - shapes.length)));
  return bytes;
};

/** What a JSON string says; undefined where it is damaged. */
function stringOf(json: string): string | undefined {
  try {
    return String(JSON.parse(json));
  } catch {
    return undefined;
  }
}

export const packedModels: Target = {
  name: "packed-model",
  mutators: [mutateBytes, mutateHeader, mutatePackedShapes],
  seeds: () => safetensorsSeeds().slice(1),
  prepare: (folder) =>
    feedFile(folder, "input", (path) => {
      const file = readSafetensors(path);
      const model = unpackModel(file, path);
      for (const [name, { dtype, shape, data }] of model) {
        const bytes = { F64: 8, I64: 8, F32: 4, I32: 4, F16: 2, BF16: 2, I16: 2, I8: 1, U8: 1, BOOL: 1 }[dtype];
        assert.equal(
          data.length,
          shape.reduce((product, size) => product * size, bytes),
          name,
        );
      }
      const sets = Object.keys(JSON.parse(file.metadata["packed_shapes"] ?? "{}")).map((name): [string, number[]] => {
        const set = file.tensors.get(`${name.slice(0, -".weight".length)}.qvals`)?.data ?? new Uint8Array(0);
        return [name, [...new Float32Array(new Uint8Array(set).buffer)]];
      });
      // No weight equals NaN, and a zero below 0 equals the other one.
      const isOdd = (value: number) => Number.isNaN(value) || Object.is(value, -0);
      const isPackable = sets.every(([name, set]) => name.endsWith(".weight") && !set.some(isOdd));
      if (!isPackable) return;
      const again = unpackModel({ ...packModel(model, new Map(sets)) }, path);
      assert.deepEqual(again, model);
    }),
};
