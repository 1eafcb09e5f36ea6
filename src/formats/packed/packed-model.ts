import { found, shortened } from "../../text/describe.js";
import { InputError } from "../../text/errors.js";
import { type SafetensorsEntry, type SafetensorsFile, safetensorsSizeBytes } from "../safetensors.js";
import { DTYPE_BYTES, elementCount } from "../safetensors-header.js";
import { bitsPerIndex, MAX_VALUES, packWeights, unpackWeights } from "./bits.js";
import { packedMetadata, packedScaled, packedShapes } from "./metadata.js";

/**
 * A model whose searched weights are stored as what was found: indices into their value sets.
 *
 * The format, on top of safetensors: a searched tensor `<layer>.weight` of a value set of K values becomes
 * - `<layer>.weight.packed`, U8: the indices in row-major order, ⌈log₂ K⌉ bits each, lowest bit first (`bits.ts`);
 * - `<layer>.qvals`, F32 [K]: the value set.
 * The file's metadata hold `packed_format` = "weight-search/1" and `packed_shapes`, a JSON object from each
 * `<layer>.weight` to its shape. Every other tensor is as it was.
 *
 * With scales `packed_format` is "weight-search/2", and `packed_scaled` a JSON list of the names `<layer>.weight` that
 * have one: `<layer>.scale`, F32 [1] or [O], multiplies their values, for the whole weight or by its first dimension,
 * each product rounded to float32.
 */
export interface PackedModel {
  readonly tensors: Map<string, SafetensorsEntry>;
  readonly metadata: Record<string, string>;
  /**
   * Mean bits a weight over all convolution and linear weights (tensors `*.weight` of two or more dimensions), searched
   * and float together: ⌈log₂ K⌉ for a searched one. 0 when there are none. The value sets are not counted.
   */
  readonly bitsPerWeight: number;
  /** The same over the searched weights alone. */
  readonly searchedBitsPerWeight: number;
  /** The size of the file of these tensors and metadata, value sets and header and all. */
  readonly sizeBytes: number;
}

const WEIGHT = ".weight";
const PACKED = ".packed";

/**
 * Packs a model. `searched` gives the value set of each searched weight by its name, such as "layer1.0.conv1.weight";
 * each is an F32 tensor of `tensors` whose elements are members of its set. `scaled` names those of them whose
 * `<layer>.scale`, among `tensors` too, multiplies them.
 *
 * @throws InputError naming the tensor when it is missing, not F32, has another value, or its new name is taken.
 */
export function packModel(
  tensors: ReadonlyMap<string, SafetensorsEntry>,
  searched: ReadonlyMap<string, readonly number[]>,
  scaled: ReadonlySet<string> = new Set(),
): PackedModel {
  const packed = new Map<string, SafetensorsEntry>();
  for (const [name, entry] of tensors) {
    const values = searched.get(name);
    if (values === undefined) add(packed, name, entry);
    else packTensor(packed, name, entry, values);
  }
  const shapes = new Map<string, readonly number[]>();
  for (const name of searched.keys()) {
    const entry = tensors.get(name);
    if (entry === undefined) throw new InputError(`${name}: expected a tensor of that name, found none`);
    shapes.set(name, entry.shape);
  }
  for (const name of scaled) scaleOf(tensors, name, tensors.get(name)?.shape ?? [], name);
  const metadata = packedMetadata(shapes, scaled);
  return {
    tensors: packed,
    metadata,
    ...meanBits(tensors, searched),
    sizeBytes: safetensorsSizeBytes(packed, metadata),
  };
}

/**
 * The model's tensors as they were before packing, under their names and in their order. Takes what `readSafetensors`
 * returns for a packed file, and the file's path for the error messages.
 *
 * @throws InputError naming the file and the tensor or the metadata key that is missing or wrong.
 */
export function unpackModel(file: SafetensorsFile, path = "packed model"): Map<string, SafetensorsEntry> {
  const shapes = packedShapes(file.metadata, path);
  const scaled = packedScaled(file.metadata, shapes, path);
  const consumed = new Set([...[...shapes.keys()].map(valuesName), ...[...scaled].map(scaleName)]);
  const tensors = new Map<string, SafetensorsEntry>();
  for (const [name, entry] of file.tensors) {
    const weightName = name.slice(0, -PACKED.length);
    const shape = name.endsWith(PACKED) ? shapes.get(weightName) : undefined;
    if (shape !== undefined) {
      const weight = unpackTensor(file, weightName, shape, path);
      const where = `${path}: ${shortened(weightName)}`;
      const whole = scaled.has(weightName)
        ? withScale(weight, scaleOf(file.tensors, weightName, shape, where))
        : weight;
      add(tensors, weightName, whole, `${path}: `);
    } else if (!consumed.has(name)) add(tensors, name, entry, `${path}: `);
  }
  for (const name of shapes.keys()) {
    if (!tensors.has(name))
      throw new InputError(`${path}: ${shortened(name)}${PACKED}: expected a tensor of that name, found none`);
  }
  return tensors;
}

/** "layer1.0.conv1.weight" → "layer1.0.conv1.qvals" */
function valuesName(weightName: string): string {
  return `${weightName.slice(0, -WEIGHT.length)}.qvals`;
}

/** "layer1.0.conv1.weight" → "layer1.0.conv1.scale" */
function scaleName(weightName: string): string {
  return `${weightName.slice(0, -WEIGHT.length)}.scale`;
}

/** The scale of a weight of a shape. Throws InputError, starting with `where`, unless it is F32 [1] or [O]. */
function scaleOf(
  tensors: ReadonlyMap<string, SafetensorsEntry>,
  name: string,
  [outputs = 1]: readonly number[],
  where: string,
): Float32Array {
  const scale = tensors.get(scaleName(name));
  const isRight = scale?.dtype === "F32" && ["1", String(outputs)].includes(String(scale.shape));
  if (isRight) return toFloats(scale.data);
  const given = scale === undefined ? "none" : `${scale.dtype} ${found(scale.shape)}`;
  throw new InputError(`${where}: scale: expected a tensor of the same layer, F32 [1] or [${outputs}], found ${given}`);
}

function withScale(weight: SafetensorsEntry, scale: Float32Array): SafetensorsEntry {
  const values = toFloats(weight.data);
  const each = scale.length === 1 ? values.length : values.length / scale.length;
  // The product of two float32 is exact in double precision, and rounded once as it is stored.
  for (let index = 0; index < values.length; index++) {
    values[index] = (values[index] ?? 0) * (scale[Math.floor(index / each)] ?? 0);
  }
  return { ...weight, data: toBytes(values) };
}

function add(tensors: Map<string, SafetensorsEntry>, name: string, entry: SafetensorsEntry, file = ""): void {
  if (tensors.has(name)) throw new InputError(`${file}${shortened(name)}: expected one tensor of that name, found two`);
  tensors.set(name, entry);
}

function packTensor(
  packed: Map<string, SafetensorsEntry>,
  name: string,
  entry: SafetensorsEntry,
  values: readonly number[],
): void {
  if (!name.endsWith(WEIGHT)) throw new InputError(`${name}: expected the name of a weight, <layer>${WEIGHT}`);
  if (entry.dtype !== "F32") throw new InputError(`${name}: expected an F32 tensor to pack, found ${entry.dtype}`);
  const data = packWeights(values, toFloats(entry.data), name);
  add(packed, name + PACKED, { dtype: "U8", shape: [data.length], data });
  add(packed, valuesName(name), { dtype: "F32", shape: [values.length], data: toBytes(Float32Array.from(values)) });
}

function unpackTensor(file: SafetensorsFile, name: string, shape: readonly number[], path: string): SafetensorsEntry {
  const where = `${path}: ${shortened(name)}`;
  const packed = file.tensors.get(name + PACKED);
  if (packed?.dtype !== "U8") throw new InputError(`${where}${PACKED}: expected U8, found ${packed?.dtype}`);
  const set = file.tensors.get(valuesName(name));
  const [numValues = 0, ...more] = set?.shape ?? [];
  if (set?.dtype !== "F32" || more.length > 0 || numValues < 2 || numValues > MAX_VALUES) {
    const given = set === undefined ? "none" : `${set.dtype} ${found(set.shape)}`;
    throw new InputError(`${path}: ${shortened(valuesName(name))}: expected F32 [2 to ${MAX_VALUES}], found ${given}`);
  }
  const count = elementCount(shape);
  if (count === undefined) throw new InputError(`${where}: expected a shape of fewer elements, found ${found(shape)}`);
  const weights = unpackWeights([...toFloats(set.data)], packed.data, count, where);
  return { dtype: "F32", shape, data: toBytes(weights) };
}

function meanBits(
  tensors: ReadonlyMap<string, SafetensorsEntry>,
  searched: ReadonlyMap<string, readonly number[]>,
): { bitsPerWeight: number; searchedBitsPerWeight: number } {
  const searchedSum = { bits: 0, weights: 0 };
  const floatSum = { bits: 0, weights: 0 };
  for (const [name, { dtype, shape, data }] of tensors) {
    const values = searched.get(name);
    if (values === undefined && !(name.endsWith(WEIGHT) && shape.length >= 2)) continue;
    const sum = values === undefined ? floatSum : searchedSum;
    const weights = data.length / DTYPE_BYTES[dtype];
    sum.weights += weights;
    sum.bits += weights * (values === undefined ? 8 * DTYPE_BYTES[dtype] : bitsPerIndex(values.length));
  }
  const mean = (bits: number, weights: number) => (weights === 0 ? 0 : bits / weights);
  return {
    bitsPerWeight: mean(searchedSum.bits + floatSum.bits, searchedSum.weights + floatSum.weights),
    searchedBitsPerWeight: mean(searchedSum.bits, searchedSum.weights),
  };
}

/** A copy, as the bytes may start anywhere in their buffer. Node runs on little-endian machines only, like the format. */
function toFloats(bytes: Uint8Array): Float32Array {
  return new Float32Array(new Uint8Array(bytes).buffer);
}

function toBytes(floats: Float32Array): Uint8Array {
  return new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength);
}
